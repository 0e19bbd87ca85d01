//! The conversation from its front door.

//! Whether what is on the pages can be read: contrast as WCAG 2.1 counts it, in both themes.

use std::collections::HashMap;

const STYLE: &str = include_str!("../../assets/app.css");

/// For text, and for what only has to be seen.
const READ: f64 = 4.5;
const SEEN: f64 = 3.0;

type Colours = HashMap<String, [f64; 3]>;

/// The colours of a block of custom properties.
fn colours(block: &str) -> Colours {
    let pairs =
        block.lines().filter_map(|line| line.trim().strip_prefix("--")?.trim_end_matches(';').split_once(": #"));
    pairs.map(|(name, hex)| (name.to_owned(), rgb(hex))).collect()
}

fn rgb(hex: &str) -> [f64; 3] {
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|c| if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn everything_can_be_read_in_both_themes() {
    let light = colours(&STYLE[..STYLE.find('}').unwrap()]);
    let dark_at = STYLE.find("prefers-color-scheme: dark").unwrap();
    let dark = colours(&STYLE[dark_at..dark_at + STYLE[dark_at..].find('}').unwrap()]);
    assert!(light.len() > 10 && light.keys().all(|name| dark.contains_key(name)), "{light:?} {dark:?}");
    for (theme, colours) in [("light", light), ("dark", dark)] {
        for (fore, back, least) in [
            ("text", "ground", READ),
            ("text", "surface", READ),
            ("text", "sunken", READ),
            ("soft", "ground", READ),
            ("soft", "surface", READ),
            ("soft", "sunken", READ),
            ("on-accent", "accent", READ),
            ("tint-text", "tint", READ),
            ("accent", "surface", READ),
            ("warn", "surface", READ),
            // The focus ring, and the edge of the field.
            ("accent", "ground", SEEN),
            ("edge", "ground", SEEN),
            ("edge", "surface", SEEN),
        ] {
            let has = contrast(colours[fore], colours[back]);
            assert!(has >= least, "{theme}: {fore} on {back} has {has:.2}");
        }
    }
}

#[test]
fn initials_can_be_read_on_every_hue() {
    let hues: Vec<&str> = STYLE.lines().filter(|line| line.starts_with(".hue")).collect();
    assert_eq!(hues.len(), 8);
    for hue in hues {
        for stop in hue.split('#').skip(1) {
            let has = contrast(rgb(stop), [1.0; 3]);
            assert!(has >= READ, "{hue}: {has:.2}");
        }
    }
}

#[test]
fn contrast_is_what_wcag_says() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast(rgb("777777"), [1.0; 3]) - 4.48).abs() < 0.01);
}

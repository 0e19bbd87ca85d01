//! The geometry of the picture of a sound: a polygon on spokes, all of the same length.

/// Centre of the picture and length of a spoke, in units of the drawing, which is 400 wide and 300 high.
const CENTRE: (f32, f32) = (200.0, 150.0);
const SPOKE: f32 = 104.0;

/// Distance of a label from the end of its spoke.
const LABEL: f32 = 16.0;

/// Line height of the labels.
const LINE: f32 = 15.0;

/// A picture, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Radar {
    /// Polygons of equal value, the outermost (1) first.
    pub(crate) rings: Vec<String>,
    /// Ends of the spokes.
    pub(crate) spokes: Vec<(f32, f32)>,
    /// The polygon of the values.
    pub(crate) shape: String,
    /// One for each value.
    pub(crate) axes: Vec<Axis>,
}

/// One spoke with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    /// Where the value is.
    pub(crate) at: (f32, f32),
    /// Where the first line of the label stands.
    pub(crate) label_at: (f32, f32),
    /// The height of its second line.
    pub(crate) value_y: f32,
    /// `start`, `middle` or `end`.
    pub(crate) anchor: &'static str,
    /// What is measured.
    pub(crate) label: &'static str,
    /// The value in words.
    pub(crate) value: String,
}

impl Radar {
    /// Draws values from 0 to 1, the first one upwards, the others clockwise.
    pub(crate) fn new(values: &[(&'static str, f32)]) -> Self {
        let directions: Vec<(f32, f32)> = (0..values.len())
            .map(|i| {
                let angle = std::f32::consts::TAU * i as f32 / values.len() as f32;
                (angle.sin(), -angle.cos())
            })
            .collect();
        let polygon = |lengths: &dyn Fn(usize) -> f32| {
            let corners = directions.iter().enumerate().map(|(i, d)| point(*d, lengths(i) * SPOKE));
            corners.map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
        };
        let axis = |(&(label, value), &direction): (&(&'static str, f32), &(f32, f32))| {
            let (x, y) = point(direction, SPOKE + LABEL);
            // Above the centre the two lines end at the spoke, below it they begin there, beside it they stand around it.
            let y = round(y + direction.1 * LINE * 0.8 - LINE * 0.1);
            Axis {
                at: point(direction, value.clamp(0.0, 1.0) * SPOKE),
                label_at: (x, y),
                value_y: round(y + LINE),
                anchor: match direction.0 {
                    x if x > 0.1 => "start",
                    x if x < -0.1 => "end",
                    _ => "middle",
                },
                label,
                value: percent(value),
            }
        };
        Self {
            rings: [1.0, 0.75, 0.5, 0.25].iter().map(|value| polygon(&|_| *value)).collect(),
            spokes: directions.iter().map(|direction| point(*direction, SPOKE)).collect(),
            shape: polygon(&|i| values[i].1.clamp(0.0, 1.0)),
            axes: values.iter().zip(&directions).map(axis).collect(),
        }
    }
}

/// A share as people read it: `83 %`.
pub(crate) fn percent(share: f32) -> String {
    format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0)
}

fn point(direction: (f32, f32), length: f32) -> (f32, f32) {
    (round(CENTRE.0 + direction.0 * length), round(CENTRE.1 + direction.1 * length))
}

/// A tenth of a unit is finer than anybody sees.
fn round(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_up_and_then_clockwise() {
        let radar = Radar::new(&[("a", 1.0), ("b", 0.5), ("c", 0.0), ("d", 7.0)]);
        assert_eq!(radar.shape, "200,46 252,150 200,150 96,150");
        assert_eq!(radar.spokes, [(200.0, 46.0), (304.0, 150.0), (200.0, 254.0), (96.0, 150.0)]);
        assert_eq!(radar.axes.iter().map(|a| a.anchor).collect::<Vec<_>>(), ["middle", "start", "middle", "end"]);
        assert_eq!(radar.axes[1].value, "50 %");
    }

    #[test]
    fn labels_keep_within_the_drawing() {
        let radar = Radar::new(&[("a", 0.1); 6]);
        for axis in &radar.axes {
            assert!((10.0..=390.0).contains(&axis.label_at.0), "{axis:?}");
            assert!(axis.label_at.1 > 12.0 && axis.value_y < 298.0, "{axis:?}");
        }
    }
}

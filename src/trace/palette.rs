//! Colours by their meaning, in palettes that can be read on the background that each is for.
//!
//! ```text
//! Dark      black, solarized dark, Ubuntu's #300a24     e.g. frame 117, #87d7ff: 13.2, 9.4, 11.1
//! Light     white, solarized light                      e.g. frame 25, #005faf: 6.5, 6.0
//! Console   the Linux console, which has 16 colours     cyan 17.1, no blue (1.6), no red (2.7)
//! Plain     not known: bold, underlined, reversed; the terminal's own colours
//! None      a file or a pipe
//! ```
//!
//! The numbers are contrasts (WCAG 2, 1.4.3 asks for 4.5), computed by a test. Colours by name, as
//! "blue", cannot have one: each terminal paints them as it likes, and blue is 1.6 to 2.2 on black.
//! So the two large palettes use the numbers above 21 of the 256, which no theme repaints.
//!
//! No meaning stands in a colour alone: arrows, bars, words in capitals say the same.

/// What a piece of a row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Blanks between the others.
    Blank,
    /// Octets of data.
    Data,
    /// The framing of chunks.
    Frame,
    /// A line end, or an octet that is written out.
    LineEnd,
    /// The name of a field.
    Name,
    /// What to read first: a start line, a size, the name of a row.
    Start,
    /// The direction from client to server.
    Request,
    /// The direction from server to client.
    Response,
    /// A FIN.
    Fin,
    /// A state of the connection.
    State,
    /// A fault, an RST, a message that is cut.
    Bad,
    /// The same as a block of colour: it must be seen.
    Alarm,
    /// A message that is complete.
    Good,
    /// What is said about octets.
    Note,
    /// Time, counts, sections.
    Time,
    /// A connection's number: its colour, 0 to 5.
    Tag(u8),
    /// The same, where the row above is about another connection.
    Turn(u8),
}

/// The escape sequences for each [`Role`].
#[derive(Debug, PartialEq, Eq)]
pub struct Palette {
    roles: [&'static str; 15],
    tags: [&'static str; 6],
    turns: [&'static str; 6],
}

impl Palette {
    /// What begins text of this role; nothing if it looks like any other text.
    pub const fn begin(&self, role: Role) -> &'static str {
        match role {
            Role::Tag(number) => self.tags[number as usize % 6],
            Role::Turn(number) => self.turns[number as usize % 6],
            Role::Blank => self.roles[0],
            Role::Data => self.roles[1],
            Role::Frame => self.roles[2],
            Role::LineEnd => self.roles[3],
            Role::Name => self.roles[4],
            Role::Start => self.roles[5],
            Role::Request => self.roles[6],
            Role::Response => self.roles[7],
            Role::Fin => self.roles[8],
            Role::State => self.roles[9],
            Role::Bad => self.roles[10],
            Role::Alarm => self.roles[11],
            Role::Good => self.roles[12],
            Role::Note => self.roles[13],
            Role::Time => self.roles[14],
        }
    }

    /// What ends text of this role.
    pub const fn end(&self, role: Role) -> &'static str {
        if self.begin(role).is_empty() { "" } else { "\x1b[0m" }
    }

    /// Every escape sequence with its role, for tests.
    pub fn sequences(&self) -> impl Iterator<Item = &'static str> {
        self.roles.into_iter().chain(self.tags).chain(self.turns)
    }
}

macro_rules! plain {
    ($colour:literal) => {
        concat!("\x1b[", $colour, "m")
    };
}
macro_rules! bold {
    ($colour:literal) => {
        concat!("\x1b[1;", $colour, "m")
    };
}
macro_rules! turned {
    ($colour:literal) => {
        concat!("\x1b[1;7;", $colour, "m")
    };
}

/// For a dark background.
pub static DARK: Palette = Palette {
    roles: [
        "",
        plain!("38;5;254"),
        bold!("38;5;117"),
        plain!("38;5;222"),
        plain!("38;5;151"),
        bold!("38;5;254"),
        bold!("38;5;123"),
        bold!("38;5;156"),
        bold!("38;5;221"),
        plain!("38;5;219"),
        bold!("38;5;210"),
        turned!("38;5;210"),
        bold!("38;5;120"),
        plain!("38;5;250"),
        plain!("38;5;247"),
    ],
    tags: [
        bold!("38;5;123"),
        bold!("38;5;222"),
        bold!("38;5;219"),
        bold!("38;5;156"),
        bold!("38;5;216"),
        bold!("38;5;147"),
    ],
    turns: [
        turned!("38;5;123"),
        turned!("38;5;222"),
        turned!("38;5;219"),
        turned!("38;5;156"),
        turned!("38;5;216"),
        turned!("38;5;147"),
    ],
};

/// For a light background.
pub static LIGHT: Palette = Palette {
    roles: [
        "",
        plain!("38;5;235"),
        bold!("38;5;25"),
        plain!("38;5;94"),
        plain!("38;5;23"),
        bold!("38;5;235"),
        bold!("38;5;24"),
        bold!("38;5;22"),
        bold!("38;5;94"),
        plain!("38;5;90"),
        bold!("38;5;124"),
        turned!("38;5;124"),
        bold!("38;5;22"),
        plain!("38;5;240"),
        plain!("38;5;241"),
    ],
    tags: [bold!("38;5;25"), bold!("38;5;94"), bold!("38;5;90"), bold!("38;5;22"), bold!("38;5;124"), bold!("38;5;56")],
    turns: [
        turned!("38;5;25"),
        turned!("38;5;94"),
        turned!("38;5;90"),
        turned!("38;5;22"),
        turned!("38;5;124"),
        turned!("38;5;56"),
    ],
};

/// For the Linux console, whose bold makes its 8 colours bright. Reversed they
/// stay dark, so only three of them are, and what is bad is black on white.
pub static CONSOLE: Palette = Palette {
    roles: [
        "",
        plain!("37"),
        bold!("36"),
        bold!("33"),
        plain!("32"),
        bold!("37"),
        bold!("36"),
        bold!("32"),
        bold!("33"),
        bold!("35"),
        plain!("7;37"),
        plain!("7;37"),
        bold!("32"),
        plain!("37"),
        plain!("37"),
    ],
    tags: [bold!("36"), bold!("33"), bold!("35"), bold!("32"), bold!("37"), plain!("36")],
    turns: [plain!("7;36"), plain!("7;32"), plain!("7;37"), plain!("7;36"), plain!("7;32"), plain!("7;37")],
};

/// For a background that is not known: attributes, and no colour.
pub static PLAIN: Palette = Palette {
    roles: [
        "",
        "",
        "\x1b[1m",
        "",
        "\x1b[4m",
        "\x1b[1m",
        "\x1b[1m",
        "\x1b[1m",
        "\x1b[1m",
        "",
        "\x1b[1;7m",
        "\x1b[1;7m",
        "\x1b[1m",
        "",
        "",
    ],
    tags: ["\x1b[1m"; 6],
    turns: ["\x1b[1;7m"; 6],
};

/// For a file or a pipe: no escape at all.
pub static NONE: Palette = Palette { roles: [""; 15], tags: [""; 6], turns: [""; 6] };

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue of a colour number of the 256, without the 16 that themes repaint.
    fn rgb(number: u8) -> [u8; 3] {
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match number {
            232.. => [8 + 10 * (number - 232); 3],
            16.. => [level((number - 16) / 36), level((number - 16) / 6 % 6), level((number - 16) % 6)],
            _ => panic!("{number} is painted by each theme in its own way"),
        }
    }

    /// The 16 colours of the kernel's console (drivers/tty/vt).
    fn console(number: u8, is_bright: bool) -> [u8; 3] {
        let (off, on) = if is_bright { (0x55, 0xff) } else { (0, 0xaa) };
        if (number, is_bright) == (3, false) {
            return [0xaa, 0x55, 0];
        }
        [number & 1, number >> 1 & 1, number >> 2 & 1].map(|bit| if bit == 1 { on } else { off })
    }

    fn luminance(colour: [u8; 3]) -> f64 {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        if one > other { one / other } else { other / one }
    }

    const BLACK: [u8; 3] = [0, 0, 0];

    /// The colour that a sequence sets; none if it leaves the terminal's own.
    fn colour_of(sequence: &str) -> Option<[u8; 3]> {
        let parameters: Vec<u8> = sequence
            .strip_prefix("\x1b[")?
            .strip_suffix('m')?
            .split(';')
            .map(|number| number.parse().expect("a parameter is a number"))
            .collect();
        assert!(!parameters.contains(&2), "faint text has no contrast that is known: {sequence:?}");
        let is_turned = parameters.contains(&7);
        match parameters.as_slice() {
            [.., 38, 5, number] => Some(rgb(*number)),
            [.., number @ 30..=37] => Some(console(number - 30, parameters.contains(&1) && !is_turned)),
            _ => None,
        }
    }

    #[test]
    fn each_colour_can_be_read_on_every_background_of_its_palette() {
        let backgrounds: [(&Palette, &[[u8; 3]]); 3] = [
            (&DARK, &[BLACK, [0, 0x2b, 0x36], [0x30, 0x0a, 0x24], [0x1e, 0x1e, 0x1e]]),
            (&LIGHT, &[[0xff; 3], [0xfd, 0xf6, 0xe3]]),
            (&CONSOLE, &[BLACK]),
        ];
        for (palette, backgrounds) in backgrounds {
            for sequence in palette.sequences().filter(|sequence| !sequence.is_empty()) {
                let colour = colour_of(sequence).expect("each role sets a colour");
                for background in backgrounds {
                    let contrast = contrast(colour, *background);
                    assert!(contrast >= 4.5, "{sequence:?}: {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn a_palette_without_a_known_background_sets_no_colour() {
        for palette in [&PLAIN, &NONE] {
            assert!(palette.sequences().all(|sequence| colour_of(sequence).is_none()), "{palette:?}");
        }
        assert!(NONE.sequences().all(str::is_empty));
    }

    #[test]
    fn the_contrast_is_that_of_wcag() {
        assert_eq!(format!("{:.2}", contrast(BLACK, [0xff; 3])), "21.00");
        assert_eq!(format!("{:.2}", contrast([0x76; 3], BLACK)), "4.62");
        assert_eq!(format!("{:.2}", contrast([0, 0x2b, 0x36], rgb(117))), "9.43");
    }
}

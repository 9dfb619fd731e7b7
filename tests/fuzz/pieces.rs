//! Where octets are cut, from one octet: so that the rest of an input stays readable.

// Each target uses a part of this.
#![allow(dead_code)]

/// A row of sizes, the same for the same seed.
pub struct Pieces(u32);

impl Pieces {
    pub fn new(seed: u8) -> Pieces {
        Pieces(u32::from(seed) * 2 + 1)
    }

    /// Sizes of pieces, from 1 octet to some hundred; for some seeds always 1.
    pub fn sizes(mut self) -> impl Iterator<Item = usize> {
        let is_single = self.0 % 7 == 1;
        std::iter::from_fn(move || {
            // Numerical Recipes' generator; its upper bits are the good ones.
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (size, is_large) = ((self.0 >> 24) as usize, self.0 & 0x80_0000 != 0);
            Some(if is_single {
                1
            } else if is_large {
                size + 1
            } else {
                size % 8 + 1
            })
        })
    }

    /// Places to cut so many octets at.
    pub fn cuts(self, length: usize) -> impl Iterator<Item = usize> {
        self.sizes()
            .scan(0, |at, size| {
                *at += size;
                Some(*at)
            })
            .take_while(move |at| *at < length)
    }
}

//! The table finds what was put in and nothing else, and the layout stays as small as promised.

use proptest::prelude::*;

use super::super::{index::Index, key::Digest, key::Tag, slab::Slot, timestamps::Log};

/// Tags that fall on few places with few marks, so that every path of probing is taken.
fn tag(number: u8) -> Tag {
    let number = u128::from(number);
    let place = (number % 5) << 29;
    let mark = (number % 2) << 54;
    Digest(place | mark | number << 64).tag()
}

proptest! {
    #[test]
    fn the_table_holds_what_was_put_in_and_not_taken_out(
        numbers in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut index = Index::default();
        let mut held = [false; 256];
        let tag_of = |id: u32| tag(u8::try_from(id).unwrap());
        for number in numbers {
            let held_now = &mut held[usize::from(number)];
            if *held_now {
                index.remove(tag(number), tag_of);
            } else {
                index.insert(tag(number), u32::from(number), tag_of);
            }
            *held_now = !*held_now;
            prop_assert_eq!(index.len(), held.iter().filter(|held| **held).count());
            for other in 0..=u8::MAX {
                let found = index.find(tag(other), tag_of);
                prop_assert_eq!(found, held[usize::from(other)].then_some(u32::from(other)));
            }
        }
    }
}

#[test]
fn a_key_of_five_admissions_takes_56_bytes() {
    assert_eq!((size_of::<Log>(), size_of::<Slot>()), (32, 56));
}

//! Tests of the index: finds exactly the inserted tags, and needs the documented memory per key.

use proptest::prelude::*;

use super::super::{
    index::Index,
    key::{KeyHash, Tag},
    slab::Slot,
    timestamps::Timestamps,
};

/// Returns the tag of a number. There are only five distinct positions and two distinct fingerprints, so that the test
/// reaches every branch of probing.
fn tag(number: u8) -> Tag {
    let number = u128::from(number);
    let position = (number % 5) << 29;
    let fingerprint = (number % 2) << 54;
    KeyHash(position | fingerprint | number << 64).tag()
}

proptest! {
    #[test]
    fn index_contains_exactly_the_tags_that_were_inserted_and_not_removed(
        numbers in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut index = Index::default();
        let mut held = [false; 256];
        let tag_of = |id: u32| tag(u8::try_from(id).unwrap());
        for number in numbers {
            let is_held = &mut held[usize::from(number)];
            if *is_held {
                index.remove(tag(number), tag_of);
            } else {
                index.insert(tag(number), u32::from(number), tag_of);
            }
            *is_held = !*is_held;
            prop_assert_eq!(index.len(), held.iter().filter(|held| **held).count());
            for other in 0..=u8::MAX {
                let found = index.find(tag(other), tag_of);
                prop_assert_eq!(found, held[usize::from(other)].then_some(u32::from(other)));
            }
        }
    }
}

#[test]
fn slot_takes_56_bytes_with_up_to_five_admissions() {
    assert_eq!((size_of::<Timestamps>(), size_of::<Slot>()), (32, 56));
}

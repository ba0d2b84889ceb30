//! Slots keep what was put in under their number, and what a flood took is given back.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::{
    key::{Digest, Tag},
    slab::Slab,
};

fn tag(number: u32) -> Tag {
    Digest(u128::from(number)).tag()
}

proptest! {
    #[test]
    fn a_slot_holds_its_own_until_it_is_let_go(steps in proptest::collection::vec(any::<(bool, u16)>(), 0..400)) {
        let (mut slab, mut held) = (Slab::default(), Vec::new());
        for (at, (adds, number)) in steps.into_iter().enumerate() {
            let at = u32::try_from(at).unwrap();
            if adds || held.is_empty() {
                let id = slab.insert(tag(at), 0);
                prop_assert!(held.iter().all(|(other, _)| *other != id));
                held.push((id, at));
            } else {
                slab.remove(held.swap_remove(usize::from(number) % held.len()).0);
            }
            for (id, at) in &held {
                prop_assert!(slab.get(*id).tag == tag(*at));
            }
        }
    }
}

#[test]
fn the_room_of_a_flood_is_given_back_around_the_few_that_stay() {
    let mut slab = Slab::default();
    let flood: Vec<u32> = (0..100_000).map(|number| slab.insert(tag(number), 0)).collect();
    let most = slab.slots_reserved();
    assert!((100_000..105_000).contains(&most), "{most}");
    // One of the first and one of the last stay, each with its chunk.
    for &id in &flood[1..flood.len() - 1] {
        slab.remove(id);
    }
    assert_eq!(slab.slots_reserved(), 2 * 4096);
    let kept: HashMap<u32, Tag> = [flood[0], flood[99_999]].map(|id| (id, slab.get(id).tag)).into();
    assert!(kept[&flood[0]] == tag(0) && kept[&flood[99_999]] == tag(99_999));
    // And taken again.
    for number in 0..100_000 {
        slab.insert(tag(number), 0);
    }
    assert!(slab.slots_reserved() < most + 2 * 4096);
}

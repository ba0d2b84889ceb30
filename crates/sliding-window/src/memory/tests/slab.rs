//! Tests of the slab: keeps each slot under its number, and frees the memory of a flood.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::{
    key::{KeyHash, Tag},
    slab::Slab,
};

fn tag(number: u32) -> Tag {
    KeyHash(u128::from(number)).tag()
}

proptest! {
    #[test]
    fn slab_returns_each_inserted_slot_until_it_is_removed(
        steps in proptest::collection::vec(any::<(bool, u16)>(), 0..400),
    ) {
        let (mut slab, mut held) = (Slab::default(), Vec::new());
        for (at, (inserts, number)) in steps.into_iter().enumerate() {
            let at = u32::try_from(at).unwrap();
            if inserts || held.is_empty() {
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
fn slab_frees_the_memory_of_a_flood_when_only_two_slots_remain() {
    let mut slab = Slab::default();
    let flood: Vec<u32> = (0..100_000).map(|number| slab.insert(tag(number), 0)).collect();
    let peak = slab.allocated_slots();
    assert!((100_000..105_000).contains(&peak), "{peak}");
    // Keeps only the first and the last slot. Each of them is in a separate chunk.
    for &id in &flood[1..flood.len() - 1] {
        slab.remove(id);
    }
    assert_eq!(slab.allocated_slots(), 2 * 4096);
    let kept: HashMap<u32, Tag> = [flood[0], flood[99_999]].map(|id| (id, slab.get(id).tag)).into();
    assert!(kept[&flood[0]] == tag(0) && kept[&flood[99_999]] == tag(99_999));
    // Inserts a second flood, which must reuse the freed slots.
    for number in 0..100_000 {
        slab.insert(tag(number), 0);
    }
    assert!(slab.allocated_slots() < peak + 2 * 4096);
}

//! What the memory store promises, each promise checked on a twin that breaks it too.

mod harness;
mod index;
mod model;
mod pressure;
mod racing;
mod refunds;
mod slab;
mod sliding;
mod together;
mod waiting;

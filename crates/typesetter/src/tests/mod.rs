//! The behaviour of the whole crate: documents in, PDFs and refusals out.

mod canary;
mod hostile;
mod images;
mod refusals;
mod sample;
mod wire;

use std::sync::LazyLock;

use typst::layout::{Frame, FrameItem};
use typst::model::Destination;

use crate::render::{lay_out, on_deep_stack};
use crate::{Failure, Fonts, Rendered, Request, mapper, render};

/// Loaded once: in a debug build it is slow.
static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::new);

fn request(markdown: &str) -> Request {
    Request {
        title: "A title".to_owned(),
        markdown: markdown.to_owned(),
        updated_at: 1_700_000_000,
        ..Request::default()
    }
}

fn typeset(markdown: &str) -> Result<Rendered, Failure> {
    render(&request(markdown), &FONTS)
}

/// What stands on the pages, run by run, and where their links lead.
#[derive(Default)]
struct Seen {
    text: String,
    links: Vec<String>,
    images: usize,
}

fn see(request: &Request) -> Seen {
    on_deep_stack(|| {
        let document = lay_out(mapper::map(request)?, &FONTS)?;
        let mut seen = Seen::default();
        document.pages().iter().for_each(|page| seen.add(&page.frame));
        Ok(seen)
    })
    .expect("the document is typeset")
}

impl Seen {
    fn add(&mut self, frame: &Frame) {
        for (_, item) in frame.items() {
            match item {
                FrameItem::Group(group) => self.add(&group.frame),
                // A figure's number is held to its name by a no-break space.
                FrameItem::Text(run) => self.text += &run.text.replace("\u{A0}", " "),
                FrameItem::Link(Destination::Url(url), _) => {
                    self.links.push(url.as_str().to_owned());
                }
                FrameItem::Link(..) => self.links.push("within".to_owned()),
                FrameItem::Image(..) => self.images += 1,
                FrameItem::Shape(..) | FrameItem::Tag(_) => {}
            }
        }
    }
}

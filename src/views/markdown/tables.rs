//! Tables without the inline styles that our policy forbids: a column's side is a class.

use pulldown_cmark::{Alignment, Tag, TagEnd};

/// Where in which table we are. Tables hold no tables.
#[derive(Default)]
pub struct Tables {
    sides: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Tables {
    /// What begins here.
    pub fn start(&mut self, tag: Tag<'_>) -> &'static str {
        match tag {
            Tag::Table(sides) => {
                self.sides = sides;
                "<table>"
            }
            Tag::TableHead => {
                (self.column, self.in_head) = (0, true);
                "<thead><tr>"
            }
            Tag::TableRow => {
                self.column = 0;
                "<tr>"
            }
            _ => self.cell(),
        }
    }

    /// What ends here.
    pub fn end(&mut self, tag: TagEnd) -> &'static str {
        match tag {
            TagEnd::Table => "</tbody></table>\n",
            TagEnd::TableHead => {
                self.in_head = false;
                "</tr></thead><tbody>\n"
            }
            TagEnd::TableRow => "</tr>\n",
            _ if self.in_head => "</th>",
            _ => "</td>",
        }
    }

    fn cell(&mut self) -> &'static str {
        let side = self.sides.get(self.column).copied().unwrap_or(Alignment::None);
        self.column += 1;
        match (self.in_head, side) {
            (true, Alignment::Right) => "<th scope=\"col\" class=\"right\">",
            (true, Alignment::Center) => "<th scope=\"col\" class=\"center\">",
            (true, _) => "<th scope=\"col\">",
            (false, Alignment::Right) => "<td class=\"right\">",
            (false, Alignment::Center) => "<td class=\"center\">",
            (false, _) => "<td>",
        }
    }
}

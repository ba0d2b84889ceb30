to: src/mailers/mod.rs
skip_exists: true
---
Not used: `src/mailers/templates/layout.html` is the layout of all e-mails, and `src/mailers/message.rs` has the subjects.

to: src/mailers/mod.rs
skip_exists: true
---
Not used here: a mail's frame is `src/mailers/templates/layout.html`, and its subject stands in `letters.rs`.

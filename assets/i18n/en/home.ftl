home-title = Plain text in, a finely set page out
home-headline = Plain text in, a fine page out.
home-lead = Write in Markdown, put your pictures in, and get a PDF that looks as if a printer had set it. Your documents and files stay yours, and stay there.
home-open = Open your documents
home-figure = A manuscript in Markdown, and the page that becomes of it
home-manuscript =
    # The weir

    A river is *slow* where it
    is deep. We measured it
    at **three** places[^1]
    between April and June.
home-printed-title = The weir
home-printed = A river is slow where it is deep. We measured it at three places between April and June, before the meadows were mown and after the last of the snow had gone from the hills above the mill.
home-set = Set, not just converted
home-set-text = Justified lines with hyphens where they belong, tables, footnotes, highlighted code, and a running head. The same text gives the same PDF.
home-own = Nobody else’s business
home-own-text = What you write and upload is reached through you alone. No trackers, no foreign hosts, no scripts but a few lines of our own.
home-kept = Still there tomorrow
home-kept-text = A file is acknowledged once it lies on disk, an order for a PDF once it cannot get lost any more.

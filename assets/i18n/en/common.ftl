skip = Skip to content
nav = Main
documents = Documents
uploads = Files
account = Account
sign-in = Sign in
sign-out = Sign out
register = Create an account
register-short = Register
home = Back to the home page
quote = Request ID for support requests:
colophon = Ballast turns Markdown into typeset PDFs.

remove = Delete
previous = Newer
next = Older
page-of = Page { $page } of { $total }
pages = Pages

errors-in-form = { $count ->
    [one] One field is invalid.
   *[other] { $count } fields are invalid.
}
errors-prefix = Error:

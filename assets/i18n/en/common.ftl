skip = Skip to the content
nav = Main
documents = Documents
uploads = Files
account = Account
sign-in = Sign in
sign-out = Sign out
register = Create an account
register-short = Register
home = Back to the start
quote = If you ask for help, quote this:
colophon = Ballast keeps what you write, and sets it well.

remove = Delete
previous = Newer
next = Older
page-of = Page { $page } of { $total }
pages = Pages

errors-in-form = { $count ->
    [one] One thing needs another look.
   *[other] { $count } things need another look.
}
errors-prefix = Please check:

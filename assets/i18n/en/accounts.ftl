email = E-mail address
password = Password
name = Name
password-hint = At least { $least } characters. A few unrelated words make a good one.
no-account = No account yet?
has-account = You have an account?
profile = Profile
verified = confirmed
unverified = not confirmed yet

notice-registered = If this address had no account, it has one now: sign in. A mail with a link to confirm the address is on its way.
notice-signed-out = You are signed out.
notice-session-ended = That device is signed out.

refused-login-unauthorized = The e-mail address or the password is wrong.

invalid-name-length = Enter a name of 1 to 100 characters.
invalid-name-characters = A name has no control characters.
invalid-email-email = Enter an e-mail address, as in ada@example.org.
invalid-email-required = Enter your e-mail address.
invalid-password-required = Enter your password.
invalid-password-max_length = A password has at most 1024 bytes.
invalid-password-min_length = Choose a password of at least { $least } characters.
invalid-password-common = Many people use this password: choose one that nobody guesses.
invalid-password-personal = Choose a password that is not made of your name, your address or this service’s name.

forgot-password = Forgotten your password?
back-to-sign-in = Back to signing in
verify = Confirm your address
verify-help = One click, and your e-mail address is confirmed.
verify-button = Confirm
resend-help = You get another mail with a link. It works for 24 hours, and only the newest one does.
resend-button = Send me a link
link-worthless = This link does not work any more: it was used, has run out, or a newer one was sent.
forgot = Choose a new password
forgot-help = You get a mail with a link to choose another password. It works for 30 minutes.
forgot-button = Send me a link
ask-for-another-link = Ask for another link
reset = Choose a new password
reset-button = Take this password
reset-help = You will be signed out everywhere.
new-password = New password
current-password = Current password
change-password = Change the password
password-help = Every other device is signed out.

language = Language
language-of-browser = As the browser asks
language-en = English
language-de = Deutsch

sessions = Signed in on
device = { $browser } on { $system }
device-unknown = Unknown device
this-device = this one
last-used = last used
signed-in-since = signed in
sign-out-there = Sign out
sign-out-everywhere = Sign out everywhere

events = What happened to this account
event-registered = The account was opened
event-registered_again = Somebody tried to register with your address
event-email_verified = The e-mail address was confirmed
event-signed_in = Signed in
event-sign_in_refused = An attempt to sign in was refused
event-limit_hit = Too many attempts to sign in
event-signed_out = Signed out
event-session_ended = A device was signed out
event-sessions_ended = Every device was signed out
event-token_reused = A used token came back: that device was signed out
event-password_reset_asked = A link for a new password was asked for
event-password_reset = The password was replaced by a mailed link
event-password_changed = The password was changed
event-password_refused = A wrong password was given where yours was asked for
event-account_deleted = The account was deleted

remove-account = Delete the account
remove-account-begin = Delete everything…
remove-account-help = Your documents, PDFs and files will be gone, and nobody can bring them back. Enter your password to show that it is you.
remove-account-for-good = Delete the account for good

notice-sessions-ended = You are signed out everywhere.
notice-verified = Your address is confirmed.
notice-verification-sent = If this address has an account that is not confirmed yet, a mail with a link is on its way.
notice-reset-sent = If this address has an account, a mail with a link is on its way.
notice-password-reset = Your password is the new one: sign in with it.
notice-profile-saved = Saved.
notice-password-changed = Your password is the new one.
notice-account-removed = Your account is gone, with everything in it.

refused-password-conflict = The password was changed elsewhere meanwhile. Try again.
invalid-current_password-password = That is not your password.
invalid-current_password-required = Enter your current password.
invalid-password-password = That is not your password.
invalid-language-language = Choose one of the languages.

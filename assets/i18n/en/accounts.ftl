email = E-mail address
password = Password
name = Name
password-hint = At least { $least } characters. Use several unrelated words.
no-account = No account yet?
has-account = Already have an account?
profile = Profile
verified = confirmed
unverified = not confirmed yet

notice-registered = Check your inbox: we have sent you an e-mail. You can sign in now.
notice-signed-out = You are signed out.
notice-session-ended = The device is signed out.

refused-login-unauthorized = The e-mail address or the password is wrong.

invalid-name-length = Enter a name of 1 to 100 characters.
invalid-name-characters = The name must not contain control characters.
invalid-email-email = Enter an e-mail address such as ada@example.org.
invalid-email-required = Enter your e-mail address.
invalid-password-required = Enter your password.
invalid-password-max_length = The password is too long. Use at most 1,024 bytes.
invalid-password-min_length = Choose a password of at least { $least } characters.
invalid-password-common = This password is too common. Choose a less obvious one.
invalid-password-personal = The password must not consist of your name, your e-mail address or the name of this service.

forgot-password = Forgot your password?
back-to-sign-in = Back to sign-in
verify = Confirm your e-mail address
verify-help = Select “Confirm” to confirm your e-mail address.
verify-button = Confirm
resend-help = We will send you an e-mail with a new link. The link is valid for 24 hours. Older links become invalid.
resend-button = Send link
link-invalid = This link is no longer valid. It has expired, was already used, or was replaced by a newer link.
forgot = Reset your password
forgot-help = We will send you an e-mail with a link to set a new password. The link is valid for 30 minutes.
forgot-button = Send link
ask-for-another-link = Request a new link
reset = Set a new password
reset-button = Set new password
reset-help = You will be signed out on all devices.
new-password = New password
current-password = Current password
change-password = Change password
password-help = You will be signed out on all other devices.

language = Language
language-of-browser = Browser default
language-en = English
language-de = Deutsch

sessions = Active sessions
device = { $browser } on { $system }
device-unknown = Unknown device
this-device = this device
last-used = last used
signed-in-since = signed in
sign-out-there = Sign out
sign-out-everywhere = Sign out on all devices

events = Security log
event-registered = Account created
event-registered_again = Registration attempt with your e-mail address
event-email_verified = E-mail address confirmed
event-signed_in = Signed in
event-sign_in_refused = Failed sign-in
event-limit_hit = Too many sign-in attempts
event-signed_out = Signed out
event-session_ended = Session ended
event-sessions_ended = All sessions ended
event-token_reused = Session ended: its refresh token was used twice
event-password_reset_asked = Password reset requested
event-password_reset = Password reset with an e-mailed link
event-password_changed = Password changed
event-password_refused = Wrong current password entered
event-account_deleted = Account deleted

remove-account = Delete account
remove-account-begin = Delete account…
remove-account-help = This permanently deletes your account with all documents, PDFs and files. It cannot be undone. Enter your password to confirm.
remove-account-for-good = Delete account permanently

notice-sessions-ended = You are signed out on all devices.
notice-verified = Your e-mail address is confirmed.
notice-verification-sent = If this e-mail address belongs to an unconfirmed account, we have sent a link to it.
notice-reset-sent = If this e-mail address belongs to an account, we have sent a link to it.
notice-password-reset = Your password was changed. Sign in with the new password.
notice-profile-saved = Saved.
notice-password-changed = Your password was changed.
notice-account-removed = Your account was deleted.

refused-password-conflict = The password was changed in another session. Try again.
invalid-current_password-password = The password is wrong.
invalid-current_password-required = Enter your current password.
invalid-password-password = The password is wrong.
invalid-language-language = Choose a language from the list.

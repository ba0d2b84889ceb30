email = E-Mail-Adresse
password = Passwort
name = Name
password-hint = Mindestens { $least } Zeichen. Ein paar Wörter, die nichts miteinander zu tun haben, sind ein gutes.
no-account = Noch kein Konto?
has-account = Sie haben schon ein Konto?
profile = Profil
verified = bestätigt
unverified = noch nicht bestätigt

notice-registered = Wenn diese Adresse noch kein Konto hatte, hat sie jetzt eines: Melden Sie sich an. Eine Mail mit einem Link, der die Adresse bestätigt, ist unterwegs.
notice-signed-out = Sie sind abgemeldet.
notice-session-ended = Dieses Gerät ist abgemeldet.

refused-login-unauthorized = Die E-Mail-Adresse oder das Passwort stimmt nicht.

invalid-name-length = Geben Sie einen Namen mit 1 bis 100 Zeichen an.
invalid-name-characters = Ein Name hat keine Steuerzeichen.
invalid-email-email = Geben Sie eine E-Mail-Adresse an, etwa ada@example.org.
invalid-email-required = Geben Sie Ihre E-Mail-Adresse an.
invalid-password-required = Geben Sie Ihr Passwort an.
invalid-password-max_length = Ein Passwort hat höchstens 1024 Byte.
invalid-password-min_length = Wählen Sie ein Passwort mit mindestens { $least } Zeichen.
invalid-password-common = Dieses Passwort benutzen viele: Wählen Sie eines, das niemand errät.
invalid-password-personal = Wählen Sie ein Passwort, das nicht aus Ihrem Namen, Ihrer Adresse oder dem Namen dieses Dienstes besteht.

forgot-password = Passwort vergessen?
back-to-sign-in = Zurück zur Anmeldung
verify = Adresse bestätigen
verify-help = Ein Klick, und Ihre E-Mail-Adresse ist bestätigt.
verify-button = Bestätigen
resend-help = Sie erhalten noch eine Mail mit einem Link. Er gilt 24 Stunden, und nur der neueste gilt.
resend-button = Link schicken
link-worthless = Dieser Link gilt nicht mehr: Er wurde benutzt, ist abgelaufen, oder es gibt einen neueren.
forgot = Neues Passwort wählen
forgot-help = Sie erhalten eine Mail mit einem Link, über den Sie ein anderes Passwort wählen. Er gilt 30 Minuten.
forgot-button = Link schicken
ask-for-another-link = Um einen neuen Link bitten
reset = Neues Passwort wählen
reset-button = Dieses Passwort nehmen
reset-help = Sie werden überall abgemeldet.
new-password = Neues Passwort
current-password = Jetziges Passwort
change-password = Passwort ändern
password-help = Jedes andere Gerät wird abgemeldet.

language = Sprache
language-of-browser = Wie der Browser es wünscht
language-en = English
language-de = Deutsch

sessions = Angemeldet auf
device = { $browser } auf { $system }
device-unknown = Unbekanntes Gerät
this-device = dieses
last-used = zuletzt benutzt
signed-in-since = angemeldet
sign-out-there = Abmelden
sign-out-everywhere = Überall abmelden

events = Was mit diesem Konto geschah
event-registered = Das Konto wurde angelegt
event-registered_again = Jemand wollte mit Ihrer Adresse ein Konto anlegen
event-email_verified = Die E-Mail-Adresse wurde bestätigt
event-signed_in = Angemeldet
event-sign_in_refused = Ein Anmeldeversuch wurde abgelehnt
event-limit_hit = Zu viele Anmeldeversuche
event-signed_out = Abgemeldet
event-session_ended = Ein Gerät wurde abgemeldet
event-sessions_ended = Alle Geräte wurden abgemeldet
event-token_reused = Ein benutztes Token kam wieder: Jenes Gerät wurde abgemeldet
event-password_reset_asked = Um einen Link für ein neues Passwort wurde gebeten
event-password_reset = Das Passwort wurde über einen Link ersetzt
event-password_changed = Das Passwort wurde geändert
event-password_refused = Wo nach Ihrem Passwort gefragt wurde, kam ein falsches
event-account_deleted = Das Konto wurde gelöscht

remove-account = Konto löschen
remove-account-begin = Alles löschen …
remove-account-help = Ihre Dokumente, PDFs und Dateien sind dann fort, und niemand kann sie zurückholen. Geben Sie Ihr Passwort an, um zu zeigen, dass Sie es sind.
remove-account-for-good = Konto endgültig löschen

notice-sessions-ended = Sie sind überall abgemeldet.
notice-verified = Ihre Adresse ist bestätigt.
notice-verification-sent = Wenn diese Adresse ein Konto hat, das noch nicht bestätigt ist, ist eine Mail mit einem Link unterwegs.
notice-reset-sent = Wenn diese Adresse ein Konto hat, ist eine Mail mit einem Link unterwegs.
notice-password-reset = Ihr Passwort ist das neue: Melden Sie sich damit an.
notice-profile-saved = Gespeichert.
notice-password-changed = Ihr Passwort ist das neue.
notice-account-removed = Ihr Konto ist fort, mit allem, was darin war.

refused-password-conflict = Das Passwort wurde inzwischen anderswo geändert. Versuchen Sie es noch einmal.
invalid-current_password-password = Das ist nicht Ihr Passwort.
invalid-current_password-required = Geben Sie Ihr jetziges Passwort an.
invalid-password-password = Das ist nicht Ihr Passwort.
invalid-language-language = Wählen Sie eine der Sprachen.

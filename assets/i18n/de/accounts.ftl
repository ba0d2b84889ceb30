email = E-Mail-Adresse
password = Passwort
name = Name
password-hint = Mindestens { $least } Zeichen. Verwenden Sie mehrere Wörter, die nichts miteinander zu tun haben.
no-account = Noch kein Konto?
has-account = Haben Sie schon ein Konto?
profile = Profil
verified = bestätigt
unverified = noch nicht bestätigt

notice-registered = Prüfen Sie Ihr Postfach: Wir haben Ihnen eine E-Mail geschickt. Sie können sich jetzt anmelden.
notice-signed-out = Sie sind abgemeldet.
notice-session-ended = Das Gerät ist abgemeldet.

refused-login-unauthorized = Die E-Mail-Adresse oder das Passwort ist falsch.

invalid-name-length = Geben Sie einen Namen mit 1 bis 100 Zeichen ein.
invalid-name-characters = Der Name darf keine Steuerzeichen enthalten.
invalid-email-email = Geben Sie eine E-Mail-Adresse wie ada@example.org ein.
invalid-email-required = Geben Sie Ihre E-Mail-Adresse ein.
invalid-password-required = Geben Sie Ihr Passwort ein.
invalid-password-max_length = Das Passwort ist zu lang. Verwenden Sie höchstens 1.024 Byte.
invalid-password-min_length = Wählen Sie ein Passwort mit mindestens { $least } Zeichen.
invalid-password-common = Dieses Passwort ist zu verbreitet. Wählen Sie ein weniger naheliegendes.
invalid-password-personal = Das Passwort darf nicht aus Ihrem Namen, Ihrer E-Mail-Adresse oder dem Namen dieses Dienstes bestehen.

forgot-password = Passwort vergessen?
back-to-sign-in = Zurück zur Anmeldung
verify = E-Mail-Adresse bestätigen
verify-help = Wählen Sie „Bestätigen“, um Ihre E-Mail-Adresse zu bestätigen.
verify-button = Bestätigen
resend-help = Wir schicken Ihnen eine E-Mail mit einem neuen Link. Der Link gilt 24 Stunden. Ältere Links werden ungültig.
resend-button = Link senden
link-invalid = Dieser Link ist nicht mehr gültig. Er ist abgelaufen, wurde schon verwendet oder durch einen neueren ersetzt.
forgot = Passwort zurücksetzen
forgot-help = Wir schicken Ihnen eine E-Mail mit einem Link, über den Sie ein neues Passwort festlegen. Der Link gilt 30 Minuten.
forgot-button = Link senden
ask-for-another-link = Neuen Link anfordern
reset = Neues Passwort festlegen
reset-button = Passwort festlegen
reset-help = Sie werden auf allen Geräten abgemeldet.
new-password = Neues Passwort
current-password = Aktuelles Passwort
change-password = Passwort ändern
password-help = Sie werden auf allen anderen Geräten abgemeldet.

language = Sprache
language-of-browser = Standard des Browsers
language-en = English
language-de = Deutsch

sessions = Aktive Sitzungen
device = { $browser } auf { $system }
device-unknown = Unbekanntes Gerät
this-device = dieses Gerät
last-used = zuletzt verwendet
signed-in-since = angemeldet
sign-out-there = Abmelden
sign-out-everywhere = Auf allen Geräten abmelden

events = Sicherheitsprotokoll
event-registered = Konto erstellt
event-registered_again = Registrierungsversuch mit Ihrer E-Mail-Adresse
event-email_verified = E-Mail-Adresse bestätigt
event-signed_in = Angemeldet
event-sign_in_refused = Fehlgeschlagene Anmeldung
event-limit_hit = Zu viele Anmeldeversuche
event-signed_out = Abgemeldet
event-session_ended = Sitzung beendet
event-sessions_ended = Alle Sitzungen beendet
event-token_reused = Sitzung beendet: Ihr Refresh-Token wurde zweimal verwendet
event-password_reset_asked = Zurücksetzen des Passworts angefordert
event-password_reset = Passwort über einen Link aus einer E-Mail zurückgesetzt
event-password_changed = Passwort geändert
event-password_refused = Falsches aktuelles Passwort eingegeben
event-account_deleted = Konto gelöscht

remove-account = Konto löschen
remove-account-begin = Konto löschen …
remove-account-help = Ihr Konto wird mit allen Dokumenten, PDFs und Dateien endgültig gelöscht. Das lässt sich nicht rückgängig machen. Geben Sie zur Bestätigung Ihr Passwort ein.
remove-account-for-good = Konto endgültig löschen

notice-sessions-ended = Sie sind auf allen Geräten abgemeldet.
notice-verified = Ihre E-Mail-Adresse ist bestätigt.
notice-verification-sent = Wenn diese E-Mail-Adresse zu einem unbestätigten Konto gehört, haben wir einen Link an sie geschickt.
notice-reset-sent = Wenn diese E-Mail-Adresse zu einem Konto gehört, haben wir einen Link an sie geschickt.
notice-password-reset = Ihr Passwort wurde geändert. Melden Sie sich mit dem neuen Passwort an.
notice-profile-saved = Gespeichert.
notice-password-changed = Ihr Passwort wurde geändert.
notice-account-removed = Ihr Konto wurde gelöscht.

refused-password-conflict = Das Passwort wurde in einer anderen Sitzung geändert. Versuchen Sie es noch einmal.
invalid-current_password-password = Das Passwort ist falsch.
invalid-current_password-required = Geben Sie Ihr aktuelles Passwort ein.
invalid-password-password = Das Passwort ist falsch.
invalid-language-language = Wählen Sie eine Sprache aus der Liste.

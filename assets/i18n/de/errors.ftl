retry-after = { $seconds ->
    [one] Versuchen Sie es in einer Sekunde noch einmal.
   *[other] Versuchen Sie es in { $seconds } Sekunden noch einmal.
}

error-bad_request = Ungültige Anfrage
error-bad_request-help = Die Adresse oder die gesendeten Daten sind ungültig. Prüfen Sie die Adresse, oder laden Sie die Seite neu und versuchen Sie es noch einmal.
error-unauthorized = Bitte melden Sie sich an
error-unauthorized-help = Sie sind nicht angemeldet, oder Ihre Sitzung ist beendet. Wenn Sie zurückgehen, finden Sie Ihre Eingaben unverändert.
error-forbidden = Zugriff verweigert
error-forbidden-help = Die Anfrage kam nicht von einer Seite dieser Website. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
error-not_found = Seite nicht gefunden
error-not_found-help = Die Seite existiert nicht, wurde gelöscht, oder Sie haben keinen Zugriff darauf.
error-method_not_allowed = Methode nicht erlaubt
error-method_not_allowed-help = Diese Adresse unterstützt diese Art von Anfrage nicht.
error-request_timeout = Zeitüberschreitung der Anfrage
error-request_timeout-help = Die Anfrage hat zu lange gedauert. Versuchen Sie es noch einmal.
error-conflict = Konflikt mit einer anderen Änderung
error-conflict-help = Die Daten wurden inzwischen geändert. Laden Sie die Seite neu und versuchen Sie es noch einmal.
error-payload_too_large = Zu viele Daten
error-payload_too_large-help = Die gesendeten Daten überschreiten die Größengrenze, oder Ihr Speicherplatz ist voll.
error-uri_too_long = Adresse zu lang
error-uri_too_long-help = Verwenden Sie eine kürzere Adresse.
error-unsupported_media_type = Nicht unterstützter Inhaltstyp
error-unsupported_media_type-help = Diese Seite nimmt diesen Inhaltstyp nicht an.
error-range_not_satisfiable = Ungültiger Bereich
error-range_not_satisfiable-help = Die Datei ist kürzer als der angeforderte Bereich.
error-validation_error = Ungültige Eingabe
error-validation_error-help = Gehen Sie zurück und prüfen Sie Ihre Eingaben.
error-document_too_complex = Das Dokument ist zu komplex
error-document_too_complex-help = Das Dokument ist zu lang oder zu tief verschachtelt. Kürzen oder vereinfachen Sie es.
error-rate_limited = Zu viele Anfragen
error-rate_limited-help = Warten Sie einen Moment und versuchen Sie es dann noch einmal.
error-request_header_fields_too_large = Kopfzeilen der Anfrage zu groß
error-request_header_fields_too_large-help = Löschen Sie die Cookies dieser Website und versuchen Sie es dann noch einmal.
error-internal_error = Es ist ein Fehler aufgetreten
error-internal_error-help = Der Fehler wurde protokolliert. Versuchen Sie es später noch einmal.
error-bad_gateway = Dienst nicht erreichbar
error-bad_gateway-help = Der Server hat nicht geantwortet. Versuchen Sie es gleich noch einmal.
error-service_unavailable = Dienst nicht verfügbar
error-service_unavailable-help = Der Dienst ist überlastet oder startet gerade. Versuchen Sie es gleich noch einmal.
error-gateway_timeout = Zeitüberschreitung des Dienstes
error-gateway_timeout-help = Der Server hat nicht rechtzeitig geantwortet. Versuchen Sie es gleich noch einmal.
error-storage_full = Speicher des Servers voll
error-storage_full-help = Der Server kann zurzeit keine weiteren Daten speichern. Versuchen Sie es später noch einmal.

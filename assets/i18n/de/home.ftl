home-title = Schlichter Text hinein, eine schön gesetzte Seite heraus
home-headline = Schlichter Text hinein, eine schöne Seite heraus.
home-lead = Schreiben Sie in Markdown, fügen Sie Ihre Bilder ein, und Sie erhalten ein PDF, das aussieht, als hätte es ein Setzer gesetzt. Ihre Dokumente und Dateien bleiben Ihre, und sie bleiben da.
home-open = Zu Ihren Dokumenten
home-figure = Ein Manuskript in Markdown und die Seite, die daraus wird
home-manuscript =
    # Das Wehr

    Ein Fluss ist *langsam*, wo
    er tief ist. Gemessen haben
    wir an **drei** Stellen[^1]
    zwischen April und Juni.
home-printed-title = Das Wehr
home-printed = Ein Fluss ist langsam, wo er tief ist. Gemessen haben wir an drei Stellen zwischen April und Juni, bevor die Wiesen gemäht wurden und nachdem der letzte Schnee von den Hügeln über der Mühle verschwunden war.
home-set = Gesetzt, nicht nur umgewandelt
home-set-text = Blocksatz mit Trennungen, wo sie hingehören, Tabellen, Fußnoten, farbiger Code und ein Kolumnentitel. Derselbe Text ergibt dasselbe PDF.
home-own = Geht niemanden sonst etwas an
home-own-text = Was Sie schreiben und hochladen, erreicht man nur über Sie. Keine Verfolger, keine fremden Server, keine Skripte außer ein paar Zeilen von uns.
home-kept = Morgen noch da
home-kept-text = Eine Datei wird bestätigt, wenn sie auf der Platte liegt, ein Auftrag für ein PDF, wenn er nicht mehr verloren gehen kann.

add-file = Add a file
add-file-button = Upload
add-file-hint = An image for your documents, or any other file. Maximum size:
drop-hint = You can also drop files into this box.
usage = { $count ->
    [0] No files
    [one] One file
   *[other] { $count } files
}
usage-of = { $used } of { $quota } used
usage-parts = Files { $files }, documents { $documents }, PDFs { $pdfs }
more = More
in-a-document = Markdown for your document:
download = Download
transfer-failed = could not be uploaded
no-uploads = No files yet
no-uploads-help = Files that you add here, and images that you drag into a text, appear in this list. Only you can access them.

notice-uploaded = Upload complete.
notice-upload-removed = The file was deleted.

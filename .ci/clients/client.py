"""Uses the API through the generated client: uploads a file, typesets a document and fetches the PDF.

Arguments: folder of the generated client, address of the server, e-mail address, password.
"""

import io
import sys
import time

folder, address, email, password = sys.argv[1:]
sys.path.insert(0, folder)

from generated_client import AuthenticatedClient, Client  # noqa: E402
from generated_client.api.auth import login  # noqa: E402
from generated_client.api.documents import create_document  # noqa: E402
from generated_client.api.typesettings import create_typesetting, document_pdf, show_typesetting  # noqa: E402
from generated_client.api.uploads import create_upload, list_uploads, upload_content  # noqa: E402
from generated_client.models import DocumentParams, LoginParams, UploadForm, UploadView  # noqa: E402
from generated_client.types import File  # noqa: E402

token = login.sync(client=Client(base_url=address), body=LoginParams(email=email, password=password)).access_token
client = AuthenticatedClient(base_url=address, token=token)

# Contains every byte value, so that the comparison below fails if the client decodes the file as text.
content = bytes(range(256)) * 16
form = UploadForm(file=File(payload=io.BytesIO(content), file_name="bytes.bin", mime_type="application/octet-stream"))
upload = create_upload.sync(client=client, body=form)
assert isinstance(upload, UploadView), upload
assert upload_content.sync(id=upload.id, client=client).payload.read() == content
items = list_uploads.sync(client=client).items
assert isinstance(items[0], UploadView) and items[0].sha256 == upload.sha256, items

document = create_document.sync(client=client, body=DocumentParams(title="Notes", body="# Notes\n\nIt rained."))
typesetting = create_typesetting.sync(id=document.id, client=client)
while typesetting.status in ("queued", "running"):
    time.sleep(0.1)
    typesetting = show_typesetting.sync(id=document.id, tid=typesetting.id, client=client)
pdf = document_pdf.sync(id=document.id, client=client).payload.read()
assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF"), pdf[:80]

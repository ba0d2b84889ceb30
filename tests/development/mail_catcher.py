"""Mail catcher for machines without Mailpit: SMTP on port 1025, and two routes of Mailpit's API on port 8025."""

import email
import email.policy
import http.server
import json
import socketserver
import threading

MAILS = []


class Smtp(socketserver.StreamRequestHandler):
    """Accepts every e-mail (RFC 5321), without TLS and authentication."""

    def handle(self):
        self.reply("220 mail")
        recipients = []
        while line := self.rfile.readline():
            command = line.decode("utf-8", "replace").strip()
            verb = command.split(" ")[0].upper()
            if verb == "DATA":
                self.reply("354 end with a dot")
                MAILS.append((recipients, self.content()))
                recipients = []
            elif verb == "RCPT":
                recipients.append(command.split("<")[1].split(">")[0])
            self.reply("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return

    def reply(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def content(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") for line in lines)


def rendered(number):
    recipients, content = MAILS[number]
    message = email.message_from_bytes(content, policy=email.policy.default)
    text = message.get_body(("plain",))
    return {
        "ID": str(number),
        "To": [{"Address": recipient} for recipient in recipients],
        "Subject": message["Subject"],
        "Text": text.get_content() if text else "",
    }


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        prefix = "/api/v1/message/"
        if self.path == "/api/v1/messages":
            body = {"messages": [rendered(number) for number in range(len(MAILS))]}
        elif self.path.startswith(prefix):
            body = rendered(int(self.path.removeprefix(prefix)))
        else:
            return self.send_error(404)
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return self.wfile.write(content)


if __name__ == "__main__":
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    smtp = socketserver.ThreadingTCPServer(("0.0.0.0", 1025), Smtp)
    threading.Thread(target=smtp.serve_forever, daemon=True).start()
    http.server.ThreadingHTTPServer(("0.0.0.0", 8025), Api).serve_forever()

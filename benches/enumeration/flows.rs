//! Requests that clients send before authentication. Each request contains an e-mail address.

use serde_json::json;

/// Request whose response times are measured.
pub struct Flow {
    pub name: &'static str,
    pub path: &'static str,
    /// Prefix of unknown e-mail addresses. The prefix has the same length as `known`, the prefix of known addresses.
    pub prefix: &'static str,
    /// Expected status for known and unknown e-mail addresses.
    pub status: u16,
    pub body: fn(&str) -> String,
}

/// All measured requests.
pub const FLOWS: [Flow; 4] = [
    Flow { name: "login", path: "/api/v1/auth/login", prefix: "login", status: 401, body: login },
    Flow { name: "register", path: "/api/v1/auth/register", prefix: "opens", status: 201, body: register },
    Flow { name: "forgot", path: "/api/v1/auth/forgot", prefix: "forgt", status: 204, body: address },
    Flow { name: "resend", path: "/api/v1/auth/resend", prefix: "again", status: 204, body: address },
];

fn login(email: &str) -> String {
    json!({ "email": email, "password": "a wrong password, and long" }).to_string()
}

fn register(email: &str) -> String {
    json!({ "name": "Ada Lovelace", "email": email, "password": "correct horse battery staple" }).to_string()
}

fn address(email: &str) -> String {
    json!({ "email": email }).to_string()
}

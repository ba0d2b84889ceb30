//! Where an address is named before anybody has signed in.

use serde_json::json;

/// One such place.
pub struct Flow {
    pub name: &'static str,
    pub path: &'static str,
    /// What begins the addresses that nobody has: as long as `known`.
    pub mark: &'static str,
    /// What either side is answered.
    pub status: u16,
    pub body: fn(&str) -> String,
}

/// All of them.
pub const FLOWS: [Flow; 4] = [
    Flow { name: "login", path: "/api/v1/auth/login", mark: "login", status: 401, body: login },
    Flow { name: "register", path: "/api/v1/auth/register", mark: "opens", status: 201, body: register },
    Flow { name: "forgot", path: "/api/v1/auth/forgot", mark: "forgt", status: 204, body: address },
    Flow { name: "resend", path: "/api/v1/auth/resend", mark: "again", status: 204, body: address },
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

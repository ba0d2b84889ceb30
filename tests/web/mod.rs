//! Tests of the web interface with a browser without scripts.

mod account;
mod assets;
mod csp_reports;
mod csrf;
mod documents;
mod errors;
mod home;
mod recovery;
mod registrations;
mod sessions;
mod translations;
mod typesettings;
mod uploads;

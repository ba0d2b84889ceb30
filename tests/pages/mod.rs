//! The web interface, as a browser without scripts meets it.

mod account;
mod assets;
mod cross_site;
mod documents;
mod failures;
mod home;
mod login;
mod recovery;
mod register;
mod reports;
mod texts;
mod typesettings;
mod uploads;

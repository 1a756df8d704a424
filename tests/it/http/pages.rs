//! The pages for people, as a browser without a script has them: what they show, and what their forms do.

mod account;
mod admin;
mod found;
mod window;

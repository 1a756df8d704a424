//! The pages for people, as a browser without a script has them: what they show, what their forms do, and
//! what of them changes by itself.

mod account;
mod admin;
mod desk;
mod html;
mod live;
mod patients;
mod today;
mod visit;
mod window;

mod doses;
mod jobs;
mod store;
mod tidy;

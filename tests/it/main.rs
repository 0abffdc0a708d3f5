mod doses;
mod jobs;
mod medicines;
mod store;
mod tidy;

use actix_web::{App, HttpServer, get};

#[get("/")]
#[tracing::instrument]
async fn hello() -> &'static str {
    "hello\n"
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = lapwing::init()?;
    let metrics = telemetry.endpoint();
    let address = std::env::var("ADDRESS").unwrap_or("127.0.0.1:8080".to_owned());
    HttpServer::new(move || App::new().service(hello).service(metrics.clone())).bind(address)?.run().await?;
    Ok(())
}

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use stack::ScrapeProxy;

use crate::service::{Service, TEXT};

#[test]
fn requests_are_led_on_held_up_and_closed() {
    let (one, other) = (Service::start(TEXT, "one 1\n"), Service::start(TEXT, "other 1\n"));
    let proxy = ScrapeProxy::start(&one.address).unwrap();
    let http = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let get = || http.get(format!("http://{}/metrics", proxy.address())).header("accept", "a/b").send();
    assert_eq!(get().unwrap().text().unwrap(), "one 1\n");
    assert_eq!(one.asked().accept, "a/b");

    proxy.set_target(&other.address);
    proxy.set_delay(Duration::from_millis(120));
    let begin = Instant::now();
    assert_eq!(get().unwrap().text().unwrap(), "other 1\n");
    assert!(begin.elapsed() >= Duration::from_millis(120));

    proxy.set_delay(Duration::ZERO);
    proxy.set_empty(true);
    let empty = get().unwrap();
    assert_eq!((empty.status().as_u16(), empty.text().unwrap().as_str()), (200, ""));
    proxy.set_empty(false);

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    proxy.set_target(free.to_string());
    assert!(get().is_err());
    let address = proxy.address();
    drop(proxy);
    assert!(TcpListener::bind(address).is_ok());
}

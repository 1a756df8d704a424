//! The servers that the other tests lean on: a fault that is not one would make them worth nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use clinic_testkit::postgres::{Proxy, Server, Stop};

/// Longer than anything takes on the loopback interface of a busy machine.
const LONG: Duration = Duration::from_secs(5);
/// Long enough to see that nothing comes.
const SHORT: Duration = Duration::from_millis(200);

#[test]
fn each_who_asks_is_lent_an_empty_database_of_one_server() {
    let (one, other) = (Server::shared().expect("a server"), Server::shared().expect("a server"));
    assert_eq!(one.port(), other.port());
    assert_ne!(one.url(), other.url());
    one.sql("CREATE TABLE mine (id int)").expect("made");
    assert!(other.sql("SELECT * FROM mine").expect_err("not here").contains("does not exist"));
    assert_eq!(one.sql("SHOW fsync").expect("told"), "on");
    assert_eq!(one.sql("SHOW max_connections").expect("told"), "200");
}

#[test]
fn what_was_committed_outlives_a_kill_and_what_was_not_does_not() {
    let server = Server::start().expect("a server");
    server.sql("postgres", "CREATE TABLE kept (id int)").expect("made");
    server.sql("postgres", "INSERT INTO kept VALUES (1)").expect("kept");
    let open = "BEGIN; INSERT INTO kept VALUES (2); SELECT pg_sleep(60); COMMIT";
    thread::scope(|scope| {
        let held = scope.spawn(|| server.sql("postgres", open));
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while server.sql("postgres", sleeping).expect("told") == "0" {
            thread::sleep(Duration::from_millis(10));
        }
        server.kill().expect("killed");
        held.join().expect("no panic").expect_err("its connection is lost");
    });
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.kill().expect_err("dead already");
    server.up().expect("recovers");
    assert!(server.log().contains("not properly shut down"), "{}", server.log());
    assert_eq!(server.sql("postgres", "SELECT id FROM kept").expect("told"), "1");
}

#[test]
fn a_stopped_server_comes_up_at_its_address_with_its_settings() {
    let server = Server::start().expect("a server");
    server.settings(&[("statement_timeout", "50ms")]).expect("set");
    for how in [Stop::Smart, Stop::Fast, Stop::Immediate] {
        let url = server.url("postgres");
        server.stop(how).expect("stopped");
        server.sql("postgres", "SELECT 1").expect_err("nobody there");
        server.up().expect("up");
        assert_eq!(server.url("postgres"), url);
        let slow = server.sql("postgres", "SELECT pg_sleep(10)").expect_err("too long");
        assert!(slow.contains("statement timeout"), "{slow}");
    }
}

#[test]
fn a_held_server_answers_only_when_it_is_let_go() {
    let server = Server::start().expect("a server");
    server.pause().expect("held");
    thread::scope(|scope| {
        let asked = scope.spawn(|| server.sql("postgres", "SELECT 1"));
        thread::sleep(SHORT);
        assert!(!asked.is_finished());
        server.resume().expect("let go");
        assert_eq!(asked.join().expect("no panic").expect("told"), "1");
    });
}

#[test]
fn a_held_server_is_gone_at_the_end_too() {
    let server = Server::start().expect("a server");
    let (port, folder) = (server.port(), server.sql("postgres", "SHOW data_directory"));
    server.pause().expect("held");
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!Path::new(&folder.expect("told")).exists());
}

/// Says to this test, started as a process of its own, to start a server and wait to be killed.
const OWN_A_SERVER: &str = "CLINIC_TEST_OWNER";

#[test]
fn a_server_whose_owner_is_killed_is_gone_soon() {
    if std::env::var_os(OWN_A_SERVER).is_some() {
        let server = Server::start().expect("a server");
        let folder = server.sql("postgres", "SHOW data_directory").expect("told");
        println!("\nserves {} {folder}", server.port());
        loop {
            thread::park();
        }
    }
    let name = "postgres::harness::a_server_whose_owner_is_killed_is_gone_soon";
    let mut owner = Command::new(std::env::current_exe().expect("this program"))
        .args([name, "--exact", "--nocapture"])
        .env(OWN_A_SERVER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = BufReader::new(owner.stdout.take().expect("a pipe"));
    let mut told = output.lines().map_while(Result::ok);
    let told = told.find_map(|line| line.strip_prefix("serves ").map(str::to_owned));
    let told = told.expect("it serves");
    let (port, folder) = told.split_once(' ').expect("a port and a folder");
    let port = port.parse::<u16>().expect("a port");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    owner.kill().expect("killed");
    owner.wait().expect("it ends");
    let gone = || TcpStream::connect(("127.0.0.1", port)).is_err() && !Path::new(folder).exists();
    let soon = (0..200).any(|_| {
        thread::sleep(Duration::from_millis(50));
        gone()
    });
    assert!(soon, "{told} is still there");
}

#[test]
fn a_promoted_standby_has_all_that_was_acknowledged_and_takes_writes() {
    let primary = Server::start().expect("a server");
    primary.sql("postgres", "CREATE TABLE kept (id int)").expect("made");
    let standby = primary.standby().expect("a standby");
    for id in 0..20 {
        primary.sql("postgres", &format!("INSERT INTO kept VALUES ({id})")).expect("kept");
    }
    standby.sql("postgres", "INSERT INTO kept VALUES (99)").expect_err("only reads");
    primary.kill().expect("killed");
    standby.promote().expect("promoted");
    assert_eq!(standby.sql("postgres", "SELECT count(*) FROM kept").expect("told"), "20");
    standby
        .sql("postgres", "INSERT INTO kept VALUES (20)")
        .expect("takes writes, waits for nobody");
}

#[test]
fn a_commit_waits_for_a_standby_that_does_not_answer() {
    let primary = Server::start().expect("a server");
    let standby = primary.standby().expect("a standby");
    standby.pause().expect("held");
    thread::scope(|scope| {
        let asked = scope.spawn(|| primary.sql("postgres", "CREATE TABLE kept (id int)"));
        thread::sleep(SHORT);
        assert!(!asked.is_finished());
        standby.resume().expect("let go");
        asked.join().expect("no panic").expect("made");
    });
}

/// Says back what it hears, to everybody, for as long as the test lasts.
fn echo() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut back = stream.try_clone().expect("a clone");
                std::io::copy(&mut stream, &mut back)
            });
        }
    });
    port
}

fn hears(stream: &mut TcpStream, wait: Duration) -> std::io::Result<u8> {
    stream.set_read_timeout(Some(wait)).expect("set");
    let mut byte = [0];
    stream.read_exact(&mut byte).map(|()| byte[0])
}

#[test]
fn nothing_gets_through_a_cut_and_all_of_it_once_mended() {
    let proxy = Proxy::to(echo()).expect("a proxy");
    let connect = || TcpStream::connect(("127.0.0.1", proxy.port())).expect("connected");
    let mut before = connect();
    before.write_all(b"a").expect("sent");
    assert_eq!(hears(&mut before, LONG).expect("heard"), b'a');
    proxy.cut();
    let mut during = connect();
    for (stream, byte) in [(&mut before, b"b"), (&mut during, b"c")] {
        stream.write_all(byte).expect("sent");
        hears(stream, SHORT).expect_err("cut");
    }
    proxy.mend();
    assert_eq!(hears(&mut before, LONG).expect("heard"), b'b');
    assert_eq!(hears(&mut during, LONG).expect("heard"), b'c');
}

#[test]
fn a_reset_closes_all_and_lets_new_ones_in() {
    let proxy = Proxy::to(echo()).expect("a proxy");
    let connect = || TcpStream::connect(("127.0.0.1", proxy.port())).expect("connected");
    let mut old = connect();
    old.write_all(b"a").expect("sent");
    hears(&mut old, LONG).expect("heard");
    proxy.cut();
    proxy.reset();
    assert_eq!(old.read(&mut [0]).unwrap_or(0), 0, "closed, though cut");
    proxy.mend();
    let mut new = connect();
    new.write_all(b"b").expect("sent");
    assert_eq!(hears(&mut new, LONG).expect("heard"), b'b');
}

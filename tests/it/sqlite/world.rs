//! A bad world: a second process, no right to write, no room on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clinic_engine::ports::{AppendError, EventLog};
use clinic_sqlite::{OpenError, SqliteLog};

use super::scratch::{
    append_all, closed, events, folder, morning, new_path, open, read_all, refused,
};

#[tokio::test]
async fn a_second_one_is_told_who_has_the_log() {
    let path = new_path();
    let log = open(&path);
    let own = std::process::id();
    let error = refused(&path);
    assert!(matches!(error, OpenError::InUse { pid: Some(pid), .. } if pid == own), "{error}");
    assert!(
        error.to_string().contains(&format!("in use by process {own}; stop it, or")),
        "{error}"
    );
    log.close().await.expect("it is closed");
    drop(open(&path));
}

#[tokio::test]
async fn another_process_keeps_the_log_as_long_as_it_lives() {
    let path = closed(&morning(1, 1)).await;
    // flock(1) holds the lock that another clinic would hold.
    let lock = super::scratch::beside(&path, ".lock");
    let mut flock = Command::new("flock");
    flock.arg("--no-fork").arg(&lock).args(["sh", "-c", "echo held; exec sleep 60"]);
    let mut holder = flock.stdout(Stdio::piped()).spawn().expect("flock(1) is there");
    let mut line = String::new();
    let out = holder.stdout.take().expect("it is piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("it says so");
    assert!(matches!(refused(&path), OpenError::InUse { .. }));
    let log = SqliteLog::open_read_only(&path).expect("whoever only reads may");
    assert!(!log.clinics().await.expect("it is read").is_empty());
    holder.kill().expect("it is killed");
    holder.wait().expect("it ends");
    drop(open(&path));
}

#[tokio::test]
async fn who_only_reads_sees_what_is_committed_and_changes_nothing() {
    let (writer, batches) = (open(&new_path()), morning(1, 10));
    let clinic = batches[0].clinic;
    append_all(&writer, &batches[..4]).await;
    let reader = SqliteLog::open_read_only(writer.path()).expect("it is opened");
    assert!(reader.shared(), "others write to it");
    assert_eq!(read_all(&reader, clinic).await, events(&batches[..4]));
    append_all(&writer, &batches[4..]).await;
    assert_eq!(read_all(&reader, clinic).await, events(&batches));
    let refused = reader.append(batches[0].clone()).await;
    let Err(AppendError::Failed(error)) = refused else { panic!("{refused:?}") };
    assert!(error.why().contains("opened for reading only"), "{error}");
    assert!(reader.lock(clinic, clinic_domain::ids::Position::START).await.is_err());
    writer.close().await.expect("it is closed, whoever reads");
    assert_eq!(read_all(&reader, clinic).await, events(&batches));
    let nothing = SqliteLog::open_read_only(writer.path().with_extension("none"));
    assert!(nothing.expect_err("nothing is made").to_string().contains("no such file"));
}

#[tokio::test]
async fn a_closed_log_says_so() {
    let (log, batches) = (open(&new_path()), morning(1, 1));
    log.close().await.expect("it is closed");
    let refused = log.append(batches[0].clone()).await;
    let Err(AppendError::Failed(error)) = refused else { panic!("{refused:?}") };
    assert!(error.why().ends_with("the log is closed"), "{error}");
    assert!(log.clinics().await.expect_err("it is closed").why().ends_with("the log is closed"));
    log.close().await.expect("twice is as good as once");
}

#[tokio::test]
async fn a_commit_is_synced_and_the_files_are_the_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let log = open(&new_path());
    append_all(&log, &morning(1, 1)).await;
    assert_eq!(log.synchronous().await.expect("it is asked"), 2, "FULL");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let folder = log.path().parent().expect("it is in a folder");
    assert_eq!(mode(folder), 0o700);
    for entry in fs::read_dir(folder).expect("it is listed") {
        let path = entry.expect("it is listed").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_place_where_nothing_can_be_made_is_named() {
    let folder = folder();
    fs::create_dir_all(&folder).expect("it is made");
    let file = folder.join("file");
    fs::write(&file, "in the way").expect("it is written");
    for path in [file.join("clinic.db"), PathBuf::from("/proc/clinic/clinic.db")] {
        let text = refused(&path).to_string();
        let named = path.parent().expect("it has one").display().to_string();
        assert!(text.starts_with(&named), "{text}");
    }
    // A folder in the place of the log.
    let text = refused(&folder).to_string();
    assert!(text.contains("it is no file"), "{text}");
}

/// A file system of its own, gone after the test.
struct Mount(PathBuf);

impl Mount {
    fn new(options: &str) -> Self {
        let folder = folder();
        fs::create_dir_all(&folder).expect("it is made");
        run("mount", &["-t", "tmpfs", "-o", options, "clinic-test"], &folder);
        Self(folder)
    }

    fn remount(&self, options: &str) {
        run("mount", &["-o", &format!("remount,{options}")], &self.0);
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        run("umount", &[], &self.0);
    }
}

fn run(program: &str, arguments: &[&str], last: &Path) {
    let status = Command::new(program).args(arguments).arg(last).status();
    assert!(status.expect("it is there").success(), "{program} {arguments:?}");
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id(1) is there");
    id.stdout == b"0\n"
}

/// Root may write anywhere, but not on a file system that is read-only; others may not mount one.
#[tokio::test]
async fn a_read_only_folder_is_named() {
    if is_root() {
        let mount = Mount::new("size=4m");
        let path = mount.0.join("clinic.db");
        drop(open(&path));
        mount.remount("ro");
        not_writable(&path);
    } else {
        use std::os::unix::fs::PermissionsExt as _;
        let path = closed(&morning(1, 1)).await;
        let folder = path.parent().expect("it is in a folder");
        let mode = |mode| fs::set_permissions(folder, fs::Permissions::from_mode(mode));
        fs::remove_file(super::scratch::beside(&path, ".lock")).expect("it is deleted");
        mode(0o500).expect("it is shut");
        not_writable(&path);
        mode(0o700).expect("it is opened again");
    }
}

#[track_caller]
fn not_writable(path: &Path) {
    let text = refused(path).to_string();
    assert!(text.contains(&path.display().to_string()), "{text}");
    assert!(text.contains("Read-only file system") || text.contains("Permission denied"), "{text}");
}

/// The log on a full disk fails clearly, keeps what it acknowledged, and goes on when there is room.
/// Without the right to mount, the same is tested in the crate, by a limit on the file's pages.
#[tokio::test]
async fn a_full_disk_loses_nothing_and_is_named() {
    if !is_root() {
        return;
    }
    let mount = Mount::new("size=1m");
    let log = open(&mount.0.join("clinic.db"));
    let batches = morning(1, 3_000);
    let mut stored = 0;
    let error = loop {
        match log.append(batches[stored].clone()).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
    };
    let AppendError::Failed(error) = error else { panic!("it is certain: {error}") };
    assert!(error.why().contains("no space left; make room on the disk"), "{error}");
    let clinic = batches[0].clinic;
    assert_eq!(read_all(&log, clinic).await, events(&batches[..stored]));
    mount.remount("size=8m");
    append_all(&log, &batches[stored..stored + 100]).await;
    log.close().await.expect("it is closed");
    let log = open(&mount.0.join("clinic.db"));
    assert_eq!(read_all(&log, clinic).await, events(&batches[..stored + 100]));
    drop(log);
}

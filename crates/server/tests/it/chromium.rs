//! A headless Chromium, driven over its own protocol on two pipes: no driver program, no port, no network.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use sixpotify_testkit::scratch::ScratchDir;

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// One page in one browser. Blocks; ends with the value.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    number: u64,
    /// What the page said on its console, errors of loading included.
    complaints: Vec<String>,
    /// Pages that were loaded.
    loads: u64,
    _profile: ScratchDir,
}

impl Browser {
    /// Starts a browser with a window of this size.
    ///
    /// # Panics
    /// Where there is none, because a test that cannot run must not pass.
    pub(crate) fn start(width: u32, height: u32) -> Self {
        let program = sixpotify_testkit::chromium()
            .unwrap_or_else(|| panic!("no Chromium: run the tests with `cargo xtask test`, or install `chromium`"));
        let profile = ScratchDir::new("sixpotify-chromium").unwrap();
        // The browser reads commands from descriptor 3 and answers on 4; the shell puts our pipes there.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null", "sh"]).arg(program);
        command.args([
            "--headless=new",
            // Without privileges of its own a browser that root starts has no sandbox; it sees only our own pages.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--remote-debugging-pipe",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(out).split(0) {
                let Ok(message) = message else { return };
                let message = serde_json::from_slice(&message).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser =
            Self { child, to, from, session: None, number: 0, complaints: Vec::new(), loads: 0, _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            browser.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        browser.call("Emulation.setDeviceMetricsOverride", size);
        browser
    }

    /// Speaks to the browser and waits for its answer; what happens meanwhile is noted.
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.to.flush().unwrap();
        loop {
            let answer = self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: {error}"));
            if answer["id"] == json!(self.number) {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        if event["method"] == "Page.loadEventFired" {
            self.loads += 1;
        }
        let complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            _ => false,
        };
        if complaint {
            self.complaints.push(event["params"].to_string());
        }
    }

    /// Opens an address.
    pub(crate) fn navigate(&mut self, address: &str) {
        self.call("Page.navigate", json!({ "url": address }));
    }

    /// Opens an address and waits for the page.
    pub(crate) fn open(&mut self, address: &str) {
        self.navigate(address);
        let here = json!(address).to_string();
        self.wait_for(&format!("document.readyState === 'complete' && location.href.startsWith({here})"));
    }

    /// Does something that leads to another page, and waits for that. Needs no script in the page.
    pub(crate) fn follow(&mut self, act: impl FnOnce(&mut Self)) {
        let before = self.loads;
        act(self);
        while self.loads == before {
            let event = self.from.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no other page: {error}"));
            self.note(&event);
        }
    }

    /// The value of an expression in the page.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let wish = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", wish);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result:#}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true; the page may be replaced meanwhile.
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let ask = format!(
            "new Promise(done => {{ let left = 200; const look = () => {{ let ok = false; try {{ ok = !!({expression}); }} \
             catch {{}} if (ok || left-- < 0) done(ok); else setTimeout(look, 25); }}; look(); }})"
        );
        for _ in 0..12 {
            let wish = json!({ "expression": ask, "returnByValue": true, "awaitPromise": true });
            self.number += 1;
            let mut message = json!({ "id": self.number, "method": "Runtime.evaluate", "params": wish });
            message["sessionId"] = json!(self.session);
            self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
            loop {
                let answer = self.from.recv_timeout(PATIENCE).unwrap();
                if answer["id"] == json!(self.number) {
                    if answer["result"]["result"]["value"] == json!(true) {
                        return;
                    }
                    break;
                }
                self.note(&answer);
            }
        }
        let page = self.eval("document.body.innerText");
        panic!("never: {expression}\nthe page says: {page}");
    }

    /// Types a message as a person does and sends it; waits for the end of the answer.
    pub(crate) fn say(&mut self, text: &str) {
        let turns = self.turns();
        self.type_and_send(text);
        self.answered(turns);
    }

    /// The same without waiting for anything.
    pub(crate) fn type_and_send(&mut self, text: &str) {
        self.eval("document.getElementById('text').focus()");
        self.call("Input.insertText", json!({ "text": text }));
        self.key("Enter", false);
    }

    /// Presses and lets go of a key: `Enter` or `Tab`.
    pub(crate) fn key(&mut self, key: &str, shift: bool) {
        let (code, text) = if key == "Enter" { (13, "\r") } else { (9, "") };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
                "modifiers": if shift { 8 } else { 0 } });
            if !text.is_empty() {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Presses a key where the focus is and waits for the answer.
    pub(crate) fn press_key(&mut self, key: &str) {
        let turns = self.turns();
        self.key(key, false);
        self.answered(turns);
    }

    /// What this visitor prefers: `light` or `dark`, and a language.
    pub(crate) fn prefer(&mut self, scheme: &str, language: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        self.call("Network.setExtraHTTPHeaders", json!({ "headers": { "Accept-Language": language } }));
    }

    /// Pages run no scripts from now on; [`eval`](Self::eval) still works.
    pub(crate) fn without_script(&mut self) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    }

    /// Presses what `selector` finds and waits for the answer.
    pub(crate) fn press(&mut self, selector: &str) {
        let turns = self.turns();
        let found = json!(selector).to_string();
        self.eval(&format!("document.querySelector({found}).click()"));
        self.answered(turns);
    }

    fn turns(&mut self) -> u64 {
        self.eval("document.querySelectorAll('.turn').length").as_u64().unwrap()
    }

    fn answered(&mut self, turns: u64) {
        self.wait_for(&format!(
            "document.querySelectorAll('.turn').length >= {} && !document.querySelector('[data-passing]') \
             && !document.querySelector('#composer button').disabled",
            turns + 2
        ));
    }

    /// The text of the last turn.
    pub(crate) fn last(&mut self) -> String {
        let text = self.eval("[...document.querySelectorAll('.turn')].at(-1).innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What the page complained of since it was asked last.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        // An answer comes after everything that was said before it.
        self.eval("1");
        std::mem::take(&mut self.complaints)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

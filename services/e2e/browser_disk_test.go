package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// theft opens the wallet with everything that a thief of the profile has, but
// for its passphrase: each key and each text in any storage, what the keeper
// holds, what other tabs have. It returns how many rows of the wallet each
// brought out.
const theft = `(async () => {
	const base = document.querySelector('script[type="module"]').src.replace(/bundle\/app\.js$/, "")
	const [{ Box }, { Session }, { decode }] = await Promise.all(["vault.js", "session.js", "base64url.js"].map(name => import(base + name)))
	const result = request => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error) })
	const rows = [], keys = [], texts = [...Object.values(localStorage), ...Object.values(sessionStorage), window.name, JSON.stringify(history.state)]
	const gather = value => {
		if (value instanceof CryptoKey) keys.push(value)
		else if (typeof value === "string") texts.push(value, ...value.split("."))
		else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) Object.values(value).forEach(gather)
	}
	for (const { name } of await indexedDB.databases()) {
		const db = await result(indexedDB.open(name))
		for (const store of db.objectStoreNames) {
			const [names, values] = await Promise.all([result(db.transaction(store).objectStore(store).getAllKeys()), result(db.transaction(store).objectStore(store).getAll())])
			values.forEach((value, i) => value?.box ? rows.push([store, names[i], value]) : gather(value))
		}
		db.close()
	}
	for (const text of texts) {
		const bytes = await Promise.resolve().then(() => decode(text)).catch(() => [])
		if (bytes.length !== 32) continue
		const { rows, names } = (await Box.from(bytes)).keys
		keys.push(rows, await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["decrypt"]))
	}
	const given = await new Session("peerscrip-wallet").recover()
	if (given) keys.push(given.rows)
	let opened = 0
	for (const key of keys) for (const [store, name, sealed] of rows) {
		await new Box({ rows: key }).open(store, name, sealed).then(() => opened++, () => {})
	}
	return { rows: rows.length, opened }
})()`

// secretsAtRest are the keys that open this wallet, and its header's wrapped
// key, which may lie on disk, to show that what lies there is found.
type secretsAtRest struct{ Data, Rows, Names, Wrapped string }

// atRest unwraps the wallet of a page with its passphrase.
func (p *person) atRest() secretsAtRest {
	p.t.Helper()
	return eval[secretsAtRest](p, `(async () => {
		const base = document.querySelector('script[type="module"]').src.replace(/bundle\/app\.js$/, "")
		const [{ openDisk }, { unwrap }] = await Promise.all(["disk.js", "vault.js"].map(name => import(base + name)))
		const header = await (await openDisk()).header()
		const data = await unwrap(header, "`+passphrase+`")
		const from = await crypto.subtle.importKey("raw", data, "HKDF", false, ["deriveBits"])
		const derive = async info => new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: new TextEncoder().encode(info) }, from, 256))
		const base64 = bytes => btoa(String.fromCharCode(...bytes))
		return { Data: base64(data), Rows: base64(await derive("peerscrip purse")), Names: base64(await derive("peerscrip names")), Wrapped: header.wrapped }
	})()`)
}

// searched looks through every file of a profile for what opens the wallet, in
// any spelling.
func searched(t *testing.T, when, profile string, secrets secretsAtRest) {
	t.Helper()
	needles := map[string][]byte{"wrapped": []byte(secrets.Wrapped), "passphrase": []byte(passphrase)}
	for name, text := range map[string]string{"data key": secrets.Data, "key of the rows": secrets.Rows, "key of the names": secrets.Names} {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != 32 {
			t.Fatalf("%s: got %d bytes, %v", name, len(key), err)
		}
		needles[name] = key
		needles[name+" in hex"] = []byte(hex.EncodeToString(key))
		needles[name+" in base64"] = []byte(base64.RawStdEncoding.EncodeToString(key))
		needles[name+" in base64url"] = []byte(base64.RawURLEncoding.EncodeToString(key))
	}
	found := false
	for name, content := range filesIn(t, profile) {
		for what, needle := range needles {
			switch has := bytes.Contains(content, needle); {
			case has && what == "wrapped":
				found = true
			case has:
				t.Errorf("%s: the %s lies in %s", when, what, name)
			}
		}
	}
	if !found {
		t.Errorf("%s: the wallet's header was not found, so nothing would be", when)
	}
}

// stolen wants that a thief's own script, on the locked wallet's page, opens
// nothing.
func (p *person) stolen(when string) {
	p.t.Helper()
	p.see("wallet-locked")
	got := eval[struct{ Rows, Opened int }](p, theft)
	if got.Rows < 2 || got.Opened > 0 {
		p.t.Errorf("%s: got %d rows and %d times one opened, want rows and none opened", when, got.Rows, got.Opened)
	}
}

// quit closes the whole browser as a person does, and waits until it is gone.
func (p *person) quit() {
	p.t.Helper()
	if err := chromedp.Cancel(p.ctx); err != nil {
		p.t.Fatalf("close the browser: %v", err)
	}
}

// authenticator gives a tab a device that verifies its owner and has a secret for each
// passkey, as phones and security keys do, or one that signs in only. It is gone with
// the browser, as a key is that its owner takes along.
func (p *person) authenticator(secrets bool) webauthn.AuthenticatorID {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		p.t.Fatalf("enable authenticators: %v", err)
	}
	added, err := chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, HasPrf: secrets, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		p.t.Fatalf("add an authenticator: %v", err)
	}
	return added.AuthenticatorID
}

// passkeys sets one up with a device that cannot open anything, which is said, and one
// with a device that can, replaces the wallet's key, and unlocks with the device.
func (p *person) passkeys() {
	p.t.Helper()
	add := func(name string) {
		p.fill("passkey-name", name)
		p.fill("passkey-passphrase", passphrase)
		p.click("passkey-make")
	}
	useless := p.authenticator(false)
	add("Old key")
	p.waitText("wallet-error", "signs in to sites")
	if _, err := chromedp.Call(p.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: useless}); err != nil {
		p.t.Fatal(err)
	}
	p.authenticator(true)
	add("My phone")
	p.waitText("passkey-added", "My phone unlocks this wallet from now on.")
	newInspector(p).look("passkeys")
	p.click("rekey-start")
	p.see("rekey-done")
	newInspector(p).look("rekeyed")
	p.click("wallet-lock")
	p.see("wallet-press")
	newInspector(p).look("passkey-gate")
	p.click("wallet-press")
	p.see("wallet-balance")
}

// A thief has the whole profile of a browser, and the browser itself, whose wallet was locked by hand or
// by idleness, or that was closed, or killed while it was unlocked. Nothing in
// it opens the wallet, which a passkey opens too. Its owner went from page to page without being asked.
func TestBrowserStolenDisk(t *testing.T) {
	t.Parallel()
	program, _ := shop(t)
	profile := t.TempDir()
	site := strings.Replace(program.URL, "127.0.0.1", "localhost", 1) // passkeys are for sites with names
	again := func() *person { return personOf(t, browserOf(t, profile), site) }
	p := again()
	p.makeWallet()
	p.passkeys()
	secrets := p.atRest()
	walk := func(by ...string) {
		t.Helper()
		for _, path := range append(by, "/", "/wallet") {
			p.open(path)
			p.until("an unlocked wallet", walletIs("unlocked"))
		}
		p.see("wallet-balance")
		if got := eval[struct{ Rows, Opened int }](p, theft); got.Opened != got.Rows || got.Rows < 2 {
			t.Errorf("got %d of %d rows opened while it is unlocked, want all: this thief finds nothing anywhere", got.Opened, got.Rows)
		}
	}

	walk("/wallet/orders", p.listed("hinge")+"/checkout", "/wallet/envelopes")
	p.click("wallet-lock")
	p.see("wallet-locked")
	searched(t, "locked", profile, secrets)
	p.stolen("locked")

	p.unlock()
	walk()
	p.later(16 * time.Minute)
	p.see("wallet-locked")
	p.until("that other tabs were asked whether they are in use", `localStorage.getItem("peerscrip-session peerscrip-wallet") === null`)
	searched(t, "idle", profile, secrets)
	p.stolen("idle")

	p.open("/wallet")
	p.unlock()
	walk()
	p.quit()
	searched(t, "closed", profile, secrets)
	p = again()
	p.open("/wallet")
	p.stolen("closed")

	p.unlock()
	walk()
	if err := chromedp.FromContext(p.ctx).Browser.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	searched(t, "killed", profile, secrets)
	p = again()
	p.open("/wallet")
	p.stolen("killed")
}

// A browser that was told to block cookies and site data says so where the wallet
// would be, and what to do; the market is read as ever.
func TestBrowserBlockedStorage(t *testing.T) {
	t.Parallel()
	program, _ := shop(t)
	profile := t.TempDir()
	settings := filepath.Join(profile, "Default", "Preferences")
	if err := os.MkdirAll(filepath.Dir(settings), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings, []byte(`{"profile":{"default_content_setting_values":{"cookies":2}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := personOf(t, browserOf(t, profile), program.URL)
	for _, path := range []string{"/wallet", p.listed("hinge") + "/checkout", "/sell"} {
		p.open(path)
		p.waitText("wallet-unopened", "Allow cookies and site data for 127.0.0.1")
	}
}

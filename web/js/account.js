// Who is signed in, in the masthead, and the dialog to sign in and out.
import { changePassword, ownNotices, putOwnNotices, session, signIn, signOut, wording } from './api.js';
import { announce, h, icon, put, within } from './dom.js';
import { draftsAre, dropDrafts } from './drafts.js';
import { forgetKept } from './phone/database.js';
import { named, t } from './i18n.js';

/** @import { Proof, Territory } from './api.js' */
/** @import { Child } from './dom.js' */
/** @import { HeldGrant, SessionAnswer, SignedAccount } from 'service' */

/**
 * @typedef {object} Around what a page does about signing in
 * @property {() => Territory[]} territories by which grants are named
 * @property {() => unknown} entered once somebody has signed in
 * @property {() => unknown} [over] told when the session has ended by itself
 * @property {(known: boolean) => unknown} [told] told whether somebody is signed in
 */

/** The button with its dialog. */
export class Account {
  /** @param {HTMLElement} node @param {Around} around */
  constructor(node, around) {
    this.node = node;
    this.around = around;
    /** @type {Pick<SessionAnswer, 'account' | 'oidc'>} */
    this.told = { account: null, oidc: null };
    /** @type {HTMLButtonElement | null} */
    this.button = null;
    /** Why the dialog asks, where it was not the reader who opened it. */
    this.why = '';
    this.dialog = h('dialog', { class: 'account-dialog', 'aria-labelledby': 'account-title', onclose: () => this.button?.focus() });
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
    document.body.append(this.dialog);
    addEventListener('session-over', () => {
      this.told = { ...this.told, account: null };
      this.speak();
      if (this.around.over) this.around.over();
      else announce(t('session_over'));
    });
  }

  /** Ask who is signed in, and show it. */
  async ask() {
    try {
      this.told = await session();
    } catch { /* the rest of the page tells that the service is away */ }
    this.speak();
  }

  /** Draw again, in the present language. */
  speak() {
    const { account } = this.told;
    if (account) draftsAre(account.id);
    const label = account ? t('signed_in_as', { name: account.name }) : t('sign_in');
    this.button = h('button', { type: 'button', class: account ? 'quiet known' : 'quiet', id: 'account-button', 'aria-label': label, title: label, 'aria-haspopup': 'dialog', onclick: () => this.open() },
      icon('person'), h('span', {}, account ? account.name : t('sign_in')));
    put(this.node, this.button);
    this.around.told?.(account !== null);
    // Several answers may tell that a session is over: what is asked then, and typed there, stays.
    if (this.dialog.open && (account || !this.why)) this.draw();
  }

  /** @param {string} [lead] why, where it is not plain */
  open(lead) {
    if (lead && this.dialog.open) return; // what is being typed there stays
    this.why = lead ?? '';
    if (lead) put(this.dialog, this.asking(lead));
    else this.draw();
    this.dialog.showModal();
    (this.dialog.querySelector('input') ?? this.dialog.querySelector('h2'))?.focus();
  }

  draw() {
    put(this.dialog, this.told.account ? this.who(this.told.account) : this.asking());
  }

  /** The form alone, for a page that shows nothing else. @param {string} lead */
  form(lead) {
    const form = this.asking(lead);
    within(form, '.close')?.remove();
    return form;
  }

  closer() {
    return h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: () => this.dialog.close() }, icon('close'));
  }

  /** Where a grant holds, in words. @param {Omit<HeldGrant, 'rights'>} grant */
  place({ territory: code, level: key, code: cell, organisation }) {
    const territory = this.around.territories().find((one) => one.code === code);
    const level = named(territory?.levels.find((one) => one.key === key)?.name, key ?? '');
    const parts = [code ? named(territory?.name, code) : t('everywhere'), cell && `${level} ${cell}`, organisation && t('organisation', { id: organisation })];
    return parts.filter(Boolean).join(' · ');
  }

  /** @param {SignedAccount} account */
  who(account) {
    return h('div', { class: 'who' },
      h('h2', { id: 'account-title', tabindex: '-1' }, account.name),
      h('p', { class: 'lead' }, t('signed_in_as', { name: account.login })),
      account.grants.length === 0 && h('p', { class: 'note' }, t('no_grants')),
      h('ul', { class: 'given' }, account.grants.map((grant) => h('li', {}, h('strong', {}, t(`role_${grant.role.replaceAll('-', '_')}`)), h('small', {}, this.place(grant))))),
      this.wanting(),
      account.has_password && h('button', { type: 'button', class: 'secondary', id: 'change-password', onclick: () => this.change(account) }, t('change_password')),
      h('button', { type: 'button', class: 'secondary', id: 'sign-out', onclick: () => this.leave() }, t('sign_out')),
      this.closer());
  }

  /** Whether one has notices, to be turned on and off; nothing while it is not known. */
  wanting() {
    const place = h('div', { class: 'wanting' });
    const said = h('p', { class: 'field-error', role: 'alert', hidden: true });
    ownNotices().then(({ on, email }) => {
      const box = h('input', { type: 'checkbox', id: 'own-notices', onchange: async () => {
        said.hidden = true;
        try {
          await putOwnNotices(box.checked);
        } catch (problem) {
          box.checked = !box.checked;
          said.textContent = wording(problem);
          said.hidden = false;
        }
      } });
      box.checked = on;
      put(place, h('label', { class: 'tick-line', for: 'own-notices' }, box, h('span', {}, t('own_notices'))), h('small', {}, email ? t('own_notices_hint', { email }) : t('own_notices_nowhere')), said);
      box.disabled = !email && !on;
    }, () => { /* without it the rest stays of use */ });
    return place;
  }

  /** @param {SignedAccount} account */
  change(account) {
    put(this.dialog, this.changing(account));
    within(this.dialog, '#account-password')?.focus();
  }

  async leave() {
    const { account } = this.told;
    const button = within(this.dialog, '#sign-out');
    button?.toggleAttribute('disabled', true);
    try {
      await signOut();
    } catch (problem) {
      button?.toggleAttribute('disabled', false);
      announce(wording(problem));
      return;
    }
    dropDrafts();
    await forgetKept().catch((problem) => console.warn(problem));
    if (account) await import('./phone/tidying.js').then(({ forgetDrafts }) => forgetDrafts(account.id)).catch((problem) => console.warn(problem));
    location.reload();
  }

  asking(lead = t('sign_in_why'), login = '') {
    const { oidc } = this.told;
    return this.proving({
      title: t('sign_in'),
      lead,
      above: [field('login', t('login'), { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', value: login })],
      below: [oidc && h('a', { class: 'secondary', id: 'account-oidc', href: oidc.href }, t('sign_in_by', { name: oidc.name }))],
      act: async (proof) => {
        await signIn(proof);
        this.dialog.close();
        this.around.entered();
      },
    });
  }

  /** @param {SignedAccount} account */
  changing({ login }) {
    const fresh = field('new_password', t('new_password'), { type: 'password', autocomplete: 'new-password', minlength: 10 });
    return this.proving({
      title: t('change_password'),
      lead: t('change_password_why'),
      above: [h('input', { type: 'hidden', name: 'login', autocomplete: 'username', value: login })],
      fresh,
      act: async (proof) => {
        await changePassword(proof, fresh.querySelector('input')?.value ?? '');
        this.dialog.addEventListener('close', () => location.reload()); // what the page shows is no longer the reader's to see
        this.told = { ...this.told, account: null };
        put(this.dialog, this.asking(t('password_changed'), login));
        within(this.dialog, '#account-password')?.focus();
      },
    });
  }

  /**
   * A form with the password, and the code of whoever has a second factor.
   *
   * @param {object} parts
   * @param {string} parts.title
   * @param {string} parts.lead
   * @param {Child} parts.above fields before the password
   * @param {Child} [parts.fresh] a field after it
   * @param {Child} [parts.below]
   * @param {(proof: Proof) => Promise<void>} parts.act does with them what the form is for
   */
  proving({ title, lead, above, fresh, below, act }) {
    const code = field('code', t('totp'), { inputmode: 'numeric', autocomplete: 'one-time-code', pattern: '[0-9 ]{6,12}', required: false });
    const said = h('p', { class: 'note failed', role: 'alert', hidden: true });
    const send = h('button', { type: 'submit', class: 'primary', id: 'account-send' }, title);
    /** @type {HTMLFormElement} */
    const form = h('form', { onsubmit: (event) => { event.preventDefault(); this.send(form, said, send, act); } },
      h('h2', { id: 'account-title', tabindex: '-1' }, title),
      h('p', { class: 'lead' }, lead),
      above,
      field('password', t('password'), { type: 'password', autocomplete: 'current-password' }),
      fresh, code, said,
      h('div', { class: 'doing' }, send),
      below,
      this.closer());
    return form;
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} said where a refusal is told
   * @param {HTMLButtonElement} send
   * @param {(proof: Proof) => Promise<void>} act
   */
  async send(form, said, send, act) {
    const given = new FormData(form);
    /** @param {string} name */
    const text = (name) => String(given.get(name) ?? '');
    const typed = text('code').trim();
    send.disabled = true;
    said.hidden = true;
    try {
      await act({ login: text('login'), password: text('password'), ...(typed && { code: typed }) });
    } catch (problem) {
      send.disabled = false;
      said.textContent = wording(problem);
      said.hidden = false;
      /** @type {HTMLInputElement | null} */ (within(form, '#account-password'))?.select();
    }
  }
}

/** @param {string} name @param {string} label @param {Record<string, unknown>} attributes */
const field = (name, label, attributes) => h('div', { class: 'field', 'data-field': name },
  h('label', { for: `account-${name}` }, label), h('input', { id: `account-${name}`, name, required: true, maxlength: 200, ...attributes }));

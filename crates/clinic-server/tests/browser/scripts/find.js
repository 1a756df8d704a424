// The controls or fields of a page that are called `wanted`: those called exactly so, or else those whose name begins
// so. With `where`, only those in the smallest part of the page that has this text.
const [kind, wanted, where] = arguments;

const KINDS = {
  control: 'button, a[href], summary, input[type=submit], input[type=button], [role=button], [role=link], ' +
    '[role=menuitem], [role=option], [role=tab], [role=switch]',
  field: 'input:not([type=hidden]):not([type=submit]):not([type=button]), textarea, select, [role=textbox], [role=combobox]',
};
const PARTS = 'tr, li, article, section, fieldset, dialog, form, details, ' +
  '[role=row], [role=listitem], [role=group], [role=region], [role=dialog]';

const squash = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]');

// What somebody who listens is told: pictures by their words, and nothing of what is hidden from her.
function told(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    return node.data;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute('aria-hidden') === 'true' || !shown(node)) {
    return '';
  }
  if (node.matches('img')) {
    return node.alt;
  }
  if (node.matches('svg')) {
    return node.getAttribute('aria-label') ?? node.querySelector('title')?.textContent ?? '';
  }
  if (node.matches('input, textarea, select, script, style')) {
    return '';
  }
  const inline = getComputedStyle(node).display === 'inline';
  const inside = [...node.childNodes].map(told).join('');
  return inline ? inside : ` ${inside} `;
}

function name(element) {
  const ids = squash(element.getAttribute('aria-labelledby'));
  if (ids !== '') {
    return squash(ids.split(' ').map((id) => document.getElementById(id)?.textContent).join(' '));
  }
  if (squash(element.getAttribute('aria-label')) !== '') {
    return squash(element.getAttribute('aria-label'));
  }
  if (element.labels?.length > 0) {
    return squash([...element.labels].map(told).join(' '));
  }
  if (element.matches('input[type=submit], input[type=button]')) {
    return squash(element.value);
  }
  return squash(told(element)) || squash(element.title);
}

// The size of the smallest part around an element that has the text; of the page, if no text is asked for. What is
// off the screen may have no text yet that is shown.
function around(element) {
  if (where === null) {
    return 0;
  }
  for (let part = element.closest(PARTS); part; part = part.parentElement?.closest(PARTS)) {
    if (squash(told(part)).includes(where)) {
      return part.getElementsByTagName('*').length;
    }
  }
  return Infinity;
}

// What lies behind a dialog cannot be reached.
const root = document.querySelector('dialog:modal') ?? document;
const all = [...root.querySelectorAll(KINDS[kind])].filter(shown).map((element) => ({ element, name: name(element) }));
const exact = all.filter((one) => one.name === wanted);
const called = exact.length > 0 ? exact : all.filter((one) => one.name.startsWith(wanted));
const placed = called.map((one) => ({ ...one, size: around(one.element) })).filter((one) => one.size < Infinity);
const least = Math.min(...placed.map((one) => one.size));
const found = placed.filter((one) => one.size === least).map((one) => one.element);
return {
  found,
  off: found.some((element) => element.disabled || element.getAttribute('aria-disabled') === 'true'),
  names: all.slice(0, 100).map((one) => one.name),
};

// What somebody sees of a page: its title, its text, and whether it is the same page as before. A page that was loaded
// anew has lost its mark; one that was patched has kept it.
const [mark] = arguments;
const kept = window.markOfTest !== undefined;
if (!kept) {
  window.markOfTest = mark;
}
return { kept, title: document.title, text: (document.body?.innerText ?? '').replace(/\s+/g, ' ').trim() };

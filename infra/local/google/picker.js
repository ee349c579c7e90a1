// Google Picker on this machine: the part of its JavaScript that a page needs, with the same names and the same traps.
// Without setAppId nothing is granted; without setDeveloperKey or with a dead token it does not open.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  class DocsView {
    constructor(viewId) { this.viewId = viewId; this.fileIds = null; this.mimeTypes = null; }
    setFileIds(ids) { this.fileIds = ids; return this; }
    setMimeTypes(types) { this.mimeTypes = types; return this; }
    setMode() { return this; }
    setIncludeFolders() { return this; }
    setSelectFolderEnabled() { return this; }
  }
  class PickerBuilder {
    constructor() { this.asked = { views: [], features: [] }; }
    setOAuthToken(token) { this.asked.token = token; return this; }
    setDeveloperKey(key) { this.asked.key = key; return this; }
    setAppId(id) { this.asked.appId = id; return this; }
    setOrigin() { return this; }
    setTitle(title) { this.asked.title = title; return this; }
    addView(view) { this.asked.views.push(view); return this; }
    enableFeature(feature) { this.asked.features.push(feature); return this; }
    setCallback(callback) { this.asked.callback = callback; return this; }
    build() { return new Picker(this.asked); }
  }
  class Picker {
    constructor(asked) { this.asked = asked; this.visible = false; }
    isVisible() { return this.visible; }
    async setVisible(visible) {
      this.visible = visible;
      if (!visible) { this.dialog?.remove(); return; }
      this.dialog = document.createElement('dialog');
      this.dialog.className = 'picker-dialog';
      this.dialog.innerHTML = '<h2></h2><ul></ul><button type=button name=cancel>Cancel</button>';
      this.dialog.querySelector('h2').textContent = this.asked.title || 'Select a file';
      this.dialog.querySelector('[name=cancel]').onclick = () => this.end({ action: 'cancel', docs: [] });
      document.body.append(this.dialog);
      this.dialog.showModal();
      this.asked.callback?.({ action: 'loaded' });
      const answer = await this.ask('files', { file_ids: this.asked.views[0]?.fileIds || '' });
      const list = this.dialog.querySelector('ul');
      for (const file of answer?.files ?? []) {
        const button = Object.assign(document.createElement('button'), { type: 'button', textContent: file.name });
        button.dataset.id = file.id;
        button.onclick = () => this.pick(file);
        list.append(Object.assign(document.createElement('li'), {}));
        list.lastChild.append(button);
      }
    }
    async pick(file) {
      if (await this.ask('pick', { file_id: file.id })) this.end({ action: 'picked', docs: [file] });
    }
    async ask(what, more) {
      const { token, key, appId } = this.asked;
      const body = JSON.stringify({ token: token || '', key: key || '', app_id: appId || '', ...more });
      const order = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
      try {
        const answer = await fetch(`${origin}/_picker/${what}`, order);
        const said = await answer.json();
        if (answer.ok) return said;
        this.fail(said.error);
      } catch {
        this.fail('The picker could not be reached.');
      }
    }
    fail(why) {
      this.dialog.querySelector('ul').textContent = why;
      this.asked.callback?.({ action: 'error' });
    }
    end(result) { this.setVisible(false); this.asked.callback?.(result); }
  }
  const constants = {
    Action: { CANCEL: 'cancel', PICKED: 'picked', LOADED: 'loaded', ERROR: 'error' },
    Response: { ACTION: 'action', DOCUMENTS: 'docs' },
    Document: { ID: 'id', NAME: 'name', MIME_TYPE: 'mimeType' },
    ViewId: { DOCS: 'all', DOCS_IMAGES: 'docs-images', DOCS_VIDEOS: 'docs-videos' },
    DocsViewMode: { LIST: 'list', GRID: 'grid' },
    Feature: { MULTISELECT_ENABLED: 'multiselect', NAV_HIDDEN: 'nav', SUPPORT_DRIVES: 'drives' },
  };
  window.google = { ...window.google, picker: { ...constants, DocsView, View: DocsView, PickerBuilder } };
  window.gapi = {
    ...window.gapi,
    load: (what, then) => Promise.resolve().then(typeof then === 'function' ? then : then.callback),
  };
})();

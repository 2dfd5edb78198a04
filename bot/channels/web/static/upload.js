// Photos on their way: made smaller, kept on the phone until they have arrived, sent with progress.

const MOST_PIXELS = 8e6;
const MOST_BYTES = 12 * 1024 * 1024;

// A JPEG of at most 8 megapixels, without the place and time the camera wrote into it. By area,
// not by its longer side: a code on a long receipt stays large enough to be read. What the browser
// cannot decode goes out as it is.
export async function smaller(file) {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pencil = canvas.getContext("2d");
    pencil.imageSmoothingQuality = "high";
    pencil.fillStyle = "#fff";
    pencil.fillRect(0, 0, canvas.width, canvas.height);
    pencil.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
    return blob || file;
  } catch {
    return file;
  }
}

// Why the server would not take a file, by the same codes; "" when it may. Asked before the bytes
// go out: a phone's network is too dear for a refusal.
export async function misfit(blob) {
  if (blob.size > MOST_BYTES) return "too_large";
  const head = new TextDecoder("latin1").decode(await blob.slice(0, 1024).arrayBuffer());
  if (/^(\xff\xd8\xff|.PNG|RIFF....WEBP|GIF8|BM)/s.test(head)) return "";
  if (/^.{4}ftyp(he|hevc|mif1|msf1|avi)/s.test(head)) return "heic";
  return head.includes("%PDF-") ? "pdf" : "not_an_image";
}

// Resolves to the server's frame; rejects when the server could not be reached.
export function upload({ cid, album }, blob, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/upload?cid=${cid}${album ? `&album=${album}` : ""}`);
    request.responseType = "json";
    request.timeout = 120000;
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.upload.onload = () => onProgress(1);
    request.onload = () => (request.response?.t ? resolve(request.response) : reject(request.status));
    request.onerror = request.ontimeout = () => reject(0);
    request.send(blob);
  });
}

// The same photos in IndexedDB, so that a reload does not lose them. Where there is none
// (a private window), they live as long as the page.
export class Drawer {
  constructor(account) {
    this.account = account;
    this.ready = new Promise((done) => {
      const request = indexedDB.open("photos", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("photos", { keyPath: "cid" });
      request.onsuccess = () => done(request.result);
      request.onerror = () => done(null);
    }).catch(() => null);
  }

  async store(mode, work) {
    const database = await this.ready;
    if (!database) return [];
    return new Promise((done) => {
      const request = work(database.transaction("photos", mode).objectStore("photos"));
      request.onsuccess = () => done(request.result);
      request.onerror = () => done([]);
    });
  }

  put(item) { return this.store("readwrite", (box) => box.put({ ...item, account: this.account })); }
  drop(cid) { return this.store("readwrite", (box) => box.delete(cid)); }

  async all() {
    const items = await this.store("readonly", (box) => box.getAll());
    return items.filter((item) => item.account === this.account).sort((a, b) => a.at - b.at);
  }
}

import Decoder from "./decoder?worker";
import { Sight } from "./sight";

const PAUSE_MS = 60, WIDE_PX = 1280;
export type Obstacle = "insecure" | "denied" | "none" | "broken";

/** The device's camera, and what it reads; until `close`. */
export class Camera {
  obstacle = $state<Obstacle | null>(null);
  on = $state(false);
  several = $state(false);
  rests = false; // nothing is read, for nothing could be done with it
  #stream: MediaStream | null = null;
  #decoder: Worker | null = null;
  #closed = false;
  #awake: WakeLockSentinel | null = null;

  /** Whoever holds a ticket does not touch the screen: it stays on. A browser lets it go when the tab is hidden. */
  #wake = async (): Promise<void> => {
    document.addEventListener("visibilitychange", this.#wake);
    if (document.hidden) return;
    this.#awake = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    if (this.#closed) void this.#awake?.release();
  };

  /** Show the camera in `video`, and tell each code that is held before it, once. What is told is dealt with before the next look. */
  async open(video: HTMLVideoElement, tell: (code: string) => void | Promise<void>): Promise<void> {
    if (!navigator.mediaDevices) return void (this.obstacle = "insecure"); // browsers give a camera to HTTPS alone
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: WIDE_PX } } });
      if (this.#closed) return this.close();
      video.srcObject = this.#stream;
      await video.play();
      this.on = true;
      void this.#wake();
    } catch (error) {
      if (!this.#closed) this.obstacle = why(error);
      return;
    }
    const sight = new Sight();
    await this.#read(video, async (codes) => {
      const code = sight.look(codes, performance.now());
      this.several = sight.several;
      if (code !== null) await tell(code);
    });
  }

  close(): void {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#wake);
    void this.#awake?.release();
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#decoder?.terminate();
  }

  /** Look again and again, one picture at a time, at what stands on the screen. */
  async #read(video: HTMLVideoElement, seen: (codes: string[]) => Promise<void>): Promise<void> {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
    const decoder = (this.#decoder = new Decoder());
    while (!this.#closed && pen) {
      await new Promise((done) => setTimeout(done, PAUSE_MS));
      if (this.rests) continue; // and what is held is not gone meanwhile
      const found = await answer(decoder, shown(video, canvas, pen)).catch(String);
      if (this.#closed) return;
      if (typeof found === "string") return void (this.obstacle = "broken");
      await seen(found);
    }
  }
}

/** The part of the picture that the screen shows: what is cut off there is not meant. */
function shown(video: HTMLVideoElement, canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D): ImageData {
  const scale = Math.max(video.clientWidth / video.videoWidth, video.clientHeight / video.videoHeight);
  const width = Math.min(video.videoWidth, Math.round(video.clientWidth / scale)) || 1, height = Math.min(video.videoHeight, Math.round(video.clientHeight / scale)) || 1;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  pen.drawImage(video, (video.videoWidth - width) / 2, (video.videoHeight - height) / 2, width, height, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
}

const answer = (decoder: Worker, picture: ImageData): Promise<string[] | string> =>
  new Promise((done, failed) => {
    decoder.onmessage = ({ data }) => done(data as string[] | string);
    decoder.onerror = ({ message }) => failed(new Error(message));
    decoder.postMessage(picture, [picture.data.buffer]);
  });

function why(error: unknown): Obstacle {
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" ? "denied" : name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "broken";
}

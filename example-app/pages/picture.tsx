/** A drawing of each product; decoration, as the name stands beside it. Colours come from the style sheet. */
import type { VNode } from "preact";

const DRAWINGS: Record<string, VNode> = {
  notebook: (
    <>
      <rect class="a" x="66" y="24" width="68" height="92" rx="5" />
      <path class="d" d="M66 29a5 5 0 0 1 5-5h7v92h-7a5 5 0 0 1-5-5z" />
      <rect class="c" x="90" y="42" width="32" height="18" rx="2" />
      <path class="line" d="M96 49h20M96 54h12" />
      <path class="e" d="M124 24h4v92h-4z" />
    </>
  ),
  pencil: (
    <>
      <g transform="rotate(-34 100 70)">
        <path class="b" d="M42 52h90v14H42z" />
        <path class="d" d="M42 52h90v5H42z" />
        <path class="c" d="M132 52l20 7-20 7z" />
        <path class="e" d="M145 56.500l7 2.500-7 2.500z" />
        <path class="a" d="M32 52h10v14H32a3 3 0 0 1-3-3v-8a3 3 0 0 1 3-3z" />
        <path class="a" d="M42 78h90v14H42z" />
        <path class="d" d="M42 78h90v5H42z" />
        <path class="c" d="M132 78l20 7-20 7z" />
        <path class="e" d="M145 82.500l7 2.500-7 2.500z" />
        <path class="b" d="M32 78h10v14H32a3 3 0 0 1-3-3v-8a3 3 0 0 1 3-3z" />
      </g>
    </>
  ),
  ink: (
    <>
      <path class="e" d="M86 26h28a3 3 0 0 1 3 3v14H83V29a3 3 0 0 1 3-3z" />
      <path class="c" d="M80 43h40v8l14 14v45a6 6 0 0 1-6 6H72a6 6 0 0 1-6-6V65l14-14z" />
      <path class="a" d="M66 84h68v26a6 6 0 0 1-6 6H72a6 6 0 0 1-6-6z" />
      <rect class="b" x="82" y="74" width="36" height="26" rx="2" />
      <path class="line" d="M89 83h22M89 90h14" />
    </>
  ),
  lamp: (
    <>
      <path class="glow" d="M92 60l-42 56h86z" />
      <path class="stroke" d="M134 112L114 74l22-34" />
      <path class="a" d="M88 62l34-32 22 20c-12 8-34 14-56 12z" />
      <circle class="b" cx="114" cy="74" r="5" />
      <path class="e" d="M112 110h44a4 4 0 0 1 4 4v2h-52v-2a4 4 0 0 1 4-4z" />
    </>
  ),
  mug: (
    <>
      <path class="steam" d="M88 42c-6-8 6-10 0-18M104 42c-6-8 6-10 0-18" />
      <path class="ring" d="M126 66h8a13 13 0 0 1 0 26h-9" />
      <path class="b" d="M64 54h64v44a18 18 0 0 1-18 18H82a18 18 0 0 1-18-18z" />
      <path class="d" d="M64 54h64v9H64z" />
      <path class="c" d="M64 84h64v6H64z" />
    </>
  ),
  plant: (
    <>
      <path class="leaf" d="M100 84c-4-24-20-38-40-42 2 24 16 40 40 42z" />
      <path class="leaf" d="M100 84c4-24 20-38 40-42-2 24-16 40-40 42z" />
      <path class="leaf2" d="M100 84c-10-22-8-44 0-62 8 18 10 40 0 62z" />
      <path class="b" d="M74 82h52l-6 30a5 5 0 0 1-5 4H85a5 5 0 0 1-5-4z" />
      <path class="b" d="M70 78h60v10H70z" />
      <path class="d" d="M70 78h60v10H70z" />
    </>
  ),
};

export function Picture({ of }: { of: string }) {
  return (
    <svg class="picture" viewBox="0 0 200 140" aria-hidden="true">
      {DRAWINGS[of]}
    </svg>
  );
}

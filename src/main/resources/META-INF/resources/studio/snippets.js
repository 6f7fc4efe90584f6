/** A request as a program's text. */

import { json } from "./api.js";

const shell = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

export function snippets(body, needsKey) {
  const url = location.origin;
  const key = needsKey ? " \\\n  -H \"Authorization: Bearer $FLOWBLEND_KEY\"" : "";
  return {
    curl: `curl ${url}/v1/videos/sync${key} \\\n  --json ${shell(json(body))} \\\n  -o video.mp4\n`,
    Python: `import os, urllib.request\n\nbody = r'''${json(body).replaceAll("'''", "\\u0027\\u0027\\u0027")}'''\n` +
      `request = urllib.request.Request("${url}/v1/videos/sync", body.encode(), {"Content-Type": "application/json"` +
      (needsKey ? `,\n    "Authorization": "Bearer " + os.environ["FLOWBLEND_KEY"]` : "") + `})\n` +
      `with urllib.request.urlopen(request) as answer, open("video.mp4", "wb") as file:\n    file.write(answer.read())\n`,
    JavaScript: `import { writeFile } from "node:fs/promises";\n\n` +
      `const answer = await fetch("${url}/v1/videos/sync", {\n  method: "POST",\n  headers: { "Content-Type": "application/json"` +
      (needsKey ? `, Authorization: "Bearer " + process.env.FLOWBLEND_KEY` : "") + ` },\n` +
      `  body: ${JSON.stringify(json(body))},\n});\nif (!answer.ok) throw new Error(await answer.text());\n` +
      `await writeFile("video.mp4", Buffer.from(await answer.arrayBuffer()));\n`,
  };
}

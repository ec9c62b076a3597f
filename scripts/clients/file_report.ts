// Files a report and reads it again, by the types that openapi-typescript made: node file_report.js URL KEY
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [baseUrl = "", key = ""] = process.argv.slice(2);
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const territory = "xinhua";

const filed = await client.POST("/api/v1/territories/{territory}/reports", {
  params: { path: { territory }, header: { "Idempotency-Key": "typescript" } },
  body: { lon: 116.8712, lat: 38.3164, category: "lamp", description: "TypeScript" },
});
if (filed.error) throw new Error(filed.error.title);
const read = await client.GET("/api/v1/territories/{territory}/reports/{number}", {
  params: { path: { territory, number: filed.data.number } },
});
if (read.error) throw new Error(read.error.title);
const refused = await client.POST("/api/v1/territories/{territory}/reports", {
  params: { path: { territory } },
  body: { lon: 0, lat: 0, category: "lamp" },
});
console.log(read.data.number, read.data.cell.code, refused.error?.type);

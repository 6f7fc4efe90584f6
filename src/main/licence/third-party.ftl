<#-- Writes THIRD-PARTY.md: a row for each library that the service brings at run time. -->
# Third-party software

The build writes this file from the libraries' own project files. FlowBlend itself is under the Apache License 2.0.

| library | version | licence | home |
|---|---|---|---|
<#list dependencyMap as entry>
<#assign project = entry.getKey()/>
<#assign licences = entry.getValue()/>
| `${project.groupId}:${project.artifactId}` | ${project.version} | ${licences?join(" or ")} | ${project.url!""} |
</#list>

## Native libraries

Some of the jars above carry native libraries. Their licences are not those of the jars.

| jar | native libraries | licence |
|---|---|---|
| `org.bytedeco:pytorch` | libtorch | BSD-3-Clause |
| `org.bytedeco:openblas` | OpenBLAS | BSD-3-Clause |
| `org.bytedeco:openblas` | libgfortran, libquadmath, libgcc | GPL-3.0 with the GCC Runtime Library Exception |
| `org.bytedeco:ffmpeg`, classifier `linux-x86_64-gpl` | FFmpeg, built with x264 and x265 | GPL-3.0-or-later |
| `ai.djl.huggingface:tokenizers` | Hugging Face tokenizers | Apache-2.0 |
| `net.java.dev.jna:jna` | libffi | MIT |

FFmpeg writes the H.264 stream of the MP4 files with x264, which is why the build takes the GPL classifier. Whoever passes the
packaged service on passes on FFmpeg under the GPL. H.264 is also covered by patents in some countries, and no licence here
grants them.

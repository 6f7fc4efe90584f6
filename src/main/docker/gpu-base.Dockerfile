# Base of the GPU image: what the CUDA build of libtorch loads (CUDA 13.1 with CUPTI and cuFile, cuDNN 9, NCCL 2) and a Java
# runtime. The driver comes from the host, by the NVIDIA container toolkit.
#   docker build -t flowblend-gpu-base -f src/main/docker/gpu-base.Dockerfile src/main/docker
FROM nvidia/cuda:13.1.0-cudnn-runtime-ubuntu24.04
RUN apt-get update \
  && apt-get install -y --no-install-recommends openjdk-17-jre-headless cuda-cupti-13-1 libcufile-13-1 libnccl2 \
  && rm -rf /var/lib/apt/lists/*

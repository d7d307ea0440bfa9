# For nixpkgs: callPackage ./package.nix { }
{
  lib,
  rustPlatform,
  installShellFiles,
}:

rustPlatform.buildRustPackage {
  pname = "whosin";
  version = "0.2.0";

  src = ../..;
  cargoLock.lockFile = ../../Cargo.lock;

  nativeBuildInputs = [ installShellFiles ];

  # The other tests install a Matrix server.
  cargoTestFlags = [ "--lib" ];

  postInstall = ''
    $out/bin/whosin man --all man
    $out/bin/whosin completions --all completions
    installManPage man/*
    installShellCompletion --name whosin completions/{whosin.bash,whosin.fish}
    installShellCompletion --zsh completions/_whosin
    install -Dm644 assets/whosin.service -t $out/lib/systemd/user
  '';

  meta = {
    description = "Terminal dashboard of your Matrix contacts' presence";
    homepage = "https://whosin.example/";
    license = lib.licenses.asl20;
    mainProgram = "whosin";
    platforms = lib.platforms.unix;
  };
}

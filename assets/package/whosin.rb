# For Homebrew. `brew bump-formula-pr` fills in the checksum of a release.
class Whosin < Formula
  desc "Terminal dashboard of your Matrix contacts' presence"
  homepage "https://whosin.example/"
  url "https://whosin.example/archive/v0.2.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    system bin/"whosin", "man", "--all", buildpath/"man"
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
    man7.install Dir["man/*.7"]
    generate_completions_from_executable(bin/"whosin", "completions")
  end

  service do
    run [opt_bin/"whosin", "daemon"]
    keep_alive crashed: true
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/whosin --version")
    assert_match "Synapse", shell_output("#{bin}/whosin man servers")
  end
end
